package main

var url string

func main() { println(url) }
