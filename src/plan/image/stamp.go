// Copies programs and puts values into them that were not known when they were linked: `stamp FROM TO [STAND-IN VALUE]...`.
//
// Invariant: a value is as long as what the linker has written in its place, so nothing else in a program changes.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := stamp(os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Println("the programs cannot be stamped:", err)
		os.Exit(1)
	}
}

func stamp(from, to string, words []string) error {
	programs, err := os.ReadDir(from)
	for _, program := range programs {
		var contents []byte
		if contents, err = os.ReadFile(filepath.Join(from, program.Name())); err != nil {
			break
		}
		for i := 0; i+1 < len(words); i += 2 {
			put(contents, []byte(words[i]), words[i+1])
		}
		if err = os.WriteFile(filepath.Join(to, program.Name()), contents, 0o755); err != nil {
			break
		}
	}
	return err
}

func put(contents, standIn []byte, value string) {
	for {
		at := bytes.Index(contents, standIn)
		if at < 0 {
			return
		}
		copy(contents[at:at+len(standIn)], value)
		contents = contents[at+len(standIn):]
	}
}
