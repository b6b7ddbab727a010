package main

import _ "embed"

//go:embed web/[ab].html static/x^y*.txt !x
var page string

func main() {}
