package main

import "example.com/app/internal/version"

func main() { println(version.Version) }
