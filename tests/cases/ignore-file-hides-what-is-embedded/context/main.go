package main

import "embed"

//go:embed web/*.html
//go:embed all:web/dist
var files embed.FS

func main() {}
