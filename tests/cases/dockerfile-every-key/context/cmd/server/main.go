package main

var (
	version = "dev"
	commit  string
)

func main() {}
