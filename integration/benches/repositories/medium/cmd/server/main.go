// The program that is built.
package main

import (
	"log"

	"example.com/bench/medium/internal/all"
	"example.com/bench/medium/internal/wiring"
)

// Set by the linker.
var commit = "unknown"

const revision = "r0"

func main() {
	log.Fatal(wiring.Serve(commit + " " + revision + " " + all.Describe()))
}
