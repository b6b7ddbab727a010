package main

// #include "x.h"
import "C"

func main() {}
