// The program that is not built.
package main

import (
	"fmt"

	"example.com/bench/medium/internal/all"
)

func main() {
	fmt.Println(all.Describe())
}
