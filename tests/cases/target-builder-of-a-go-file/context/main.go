// syntax=gobuild/frontend:1
package main

func main() {}
