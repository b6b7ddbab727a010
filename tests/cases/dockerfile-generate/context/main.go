package main

import "example.com/app/web"

func main() { println(len(web.Dist)) }
