// Command stringer says the name of a constant, which is written by a tool of its module.
package main

import (
	"fmt"

	"example.com/stringer/color"
)

func main() {
	fmt.Println(color.Green)
}
