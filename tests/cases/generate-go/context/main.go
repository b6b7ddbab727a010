package main

import "example.com/app/color"

func main() { println(color.Red.String()) }
