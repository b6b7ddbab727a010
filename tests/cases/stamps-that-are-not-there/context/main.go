package main

import (
	"os"

	_ "example.com/app/server"
)

const fixed = "x"

var (
	version = "dev"
	count   int
	host    = os.Getenv("HOST")
)

func run() {}

func main() {}
