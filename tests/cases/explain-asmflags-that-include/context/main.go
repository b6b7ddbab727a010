package main

func one() int64

func main() { _ = one() }
