//go:build sqlite

package main

func main() {}
