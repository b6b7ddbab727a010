// Command vendored is made of a vendored package.
package main

import "example.com/small/inner"

func main() { println(inner.Answer) }
