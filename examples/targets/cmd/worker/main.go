// Worker says what it is, and is done.
package main

import (
	"fmt"

	"example.com/targets/internal/about"
)

func main() {
	fmt.Print(about.Line("worker"))
}
