package main

var commit, arch string

func main() {}
