package main

import (
	"fmt"

	"example.com/far/pkg"
)

func main() { fmt.Println(pkg.X) }
