package main

import _ "example.com/app/internal/build"

var version, name, quoted, possessive, empty string

func main() {}
