// Copies programs and gives them capabilities: `capabilities SET FROM TO`.
//
// A copy, so that the step is keyed on what the programs are, however they were made. Invariant: every file of FROM is in TO
// with the capabilities of SET, a number with a bit for each, or this program fails.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

func main() {
	set, err := strconv.ParseUint(os.Args[1], 10, 64)
	if err == nil {
		err = give(set, os.Args[2], os.Args[3])
	}
	if err != nil {
		fmt.Println("the programs cannot be given capabilities:", err)
		os.Exit(1)
	}
}

func give(set uint64, from, to string) error {
	// As the kernel keeps them (linux/capability.h, vfs_cap_data): version 2, and that they are in force from the start.
	value := make([]byte, 20)
	binary.LittleEndian.PutUint32(value, 0x02000000|1)
	binary.LittleEndian.PutUint32(value[4:], uint32(set))
	binary.LittleEndian.PutUint32(value[12:], uint32(set>>32))
	programs, err := os.ReadDir(from)
	for _, program := range programs {
		var contents []byte
		if contents, err = os.ReadFile(filepath.Join(from, program.Name())); err != nil {
			break
		}
		file := filepath.Join(to, program.Name())
		if err = os.WriteFile(file, contents, 0o555); err != nil {
			break
		}
		if err = syscall.Setxattr(file, "security.capability", value, 0); err != nil {
			break
		}
	}
	return err
}
