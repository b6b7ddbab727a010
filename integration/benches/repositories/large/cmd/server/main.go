// The program that is built.
package main

import (
	"log"

	"example.com/bench/large/internal/all"
	"example.com/bench/large/internal/wiring"
)

// Set by the linker.
var commit = "unknown"

const revision = "r0"

func main() {
	log.Fatal(wiring.Serve(commit + " " + revision + " " + all.Describe()))
}
