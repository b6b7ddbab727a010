package main

import (
	_ "example.com/kept"
	_ "example.com/old"
	_ "example.com/strange"
)

func main() {}
