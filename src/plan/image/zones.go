// Unpacks the time zones of a Go toolchain: `zones ARCHIVE DIRECTORY`.
//
// As files they are found without a variable, by Go and by C, with `TZ` and without. The archive is one that Go itself reads
// in place, so nothing in it is compressed. Invariant: every file of the archive is there, or the program fails.
package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	archive, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = unpack(archive, os.Args[2])
	}
	if err != nil {
		fmt.Println("the builder has no time zones:", err)
		fmt.Println("write `image.timezones: false`, or choose a builder that has them")
		os.Exit(1)
	}
}

// A ZIP archive ends with the number and the place of its entries, each of which says where its file is (APPNOTE.TXT, 4.3).
func unpack(archive []byte, directory string) error {
	const endLength, entryLength, fileLength = 22, 46, 30
	if len(archive) < endLength {
		return fmt.Errorf("not an archive")
	}
	end := archive[len(archive)-endLength:]
	if string(end[:4]) != "PK\x05\x06" {
		return fmt.Errorf("not an archive")
	}
	number := int(binary.LittleEndian.Uint16(end[10:]))
	entry := archive[binary.LittleEndian.Uint32(end[16:]):]
	for ; number > 0; number-- {
		if len(entry) < entryLength || string(entry[:4]) != "PK\x01\x02" {
			return fmt.Errorf("an archive that is cut off")
		}
		word := func(at int) int { return int(binary.LittleEndian.Uint16(entry[at:])) }
		compressed, name := word(10) != 0, string(entry[entryLength:entryLength+word(28)])
		size := int(binary.LittleEndian.Uint32(entry[24:]))
		file := archive[binary.LittleEndian.Uint32(entry[42:]):]
		entry = entry[entryLength+word(28)+word(30)+word(32):]
		if strings.HasSuffix(name, "/") {
			continue
		}
		if compressed || strings.Contains(name, "..") {
			return fmt.Errorf("%s is not a plain file", name)
		}
		start := fileLength + int(binary.LittleEndian.Uint16(file[26:])) + int(binary.LittleEndian.Uint16(file[28:]))
		path := filepath.Join(directory, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, file[start:start+size], 0o644); err != nil {
			return err
		}
	}
	return nil
}
