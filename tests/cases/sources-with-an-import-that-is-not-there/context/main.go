package main

import "example.com/app/internal/nothing"

func main() { nothing.X() }
