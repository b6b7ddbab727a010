package main

import _ "embed"

//go:embed dist
var dist string

func main() {}
