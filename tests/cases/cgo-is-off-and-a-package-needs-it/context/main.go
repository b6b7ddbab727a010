package main

import _ "example.com/app/db"

func main() {}
