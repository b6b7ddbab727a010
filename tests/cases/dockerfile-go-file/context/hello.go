// syntax=gobuild/frontend:1

package main

import "fmt"

func main() { fmt.Println("hello") }
