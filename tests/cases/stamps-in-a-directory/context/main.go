package main

import _ "net/http"

var commit string

func main() {}
