package main

import "example.com/app/color"

import _ "golang.org/x/tools/txtar"

func main() { println(color.Red.String()) }
