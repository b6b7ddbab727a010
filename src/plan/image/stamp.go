// Copies programs and puts values into them that were not known when they were linked:
// `stamp FROM TO SECONDS [STAND-IN VALUE]...`. What is written has the time SECONDS, since 1970.
//
// Invariant: a value is as long as what the linker has written in its place, so nothing else in a program changes.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

func main() {
	if err := stamp(os.Args[1], os.Args[2], os.Args[3], os.Args[4:]); err != nil {
		fmt.Println("the programs cannot be stamped:", err)
		os.Exit(1)
	}
}

func stamp(from, to, seconds string, words []string) error {
	since, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return err
	}
	programs, err := os.ReadDir(from)
	for _, program := range programs {
		var contents []byte
		if contents, err = os.ReadFile(filepath.Join(from, program.Name())); err != nil {
			break
		}
		for i := 0; i+1 < len(words); i += 2 {
			put(contents, []byte(words[i]), words[i+1])
		}
		if err = write(filepath.Join(to, program.Name()), contents, time.Unix(since, 0)); err != nil {
			break
		}
	}
	return err
}

// What is there already may be a link to somewhere else. A directory stays, and is an error.
func write(name string, contents []byte, at time.Time) error {
	if err := syscall.Unlink(name); err == syscall.EISDIR {
		path := "/" + filepath.Base(name)
		return fmt.Errorf("%s is a directory of the base; write another `image.workdir`, like `/srv/app`", path)
	} else if err != nil && err != syscall.ENOENT {
		return err
	}
	if err := os.WriteFile(name, contents, 0o555); err != nil {
		return err
	}
	return os.Chtimes(name, at, at)
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
