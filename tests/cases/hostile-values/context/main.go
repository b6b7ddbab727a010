package main

var evil string

func main() {}
