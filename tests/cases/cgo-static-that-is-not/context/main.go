package main

// #include "stdlib.h"
import "C"

func main() { _ = C.int(1) }
