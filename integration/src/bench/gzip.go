// Compresses files at the same time and throws the result away, as BuildKit's exporter does with layers: with the same
// package and the same level.
package main

import (
	"compress/gzip"
	"io"
	"log"
	"os"
	"sync"
)

func main() {
	var files sync.WaitGroup
	for _, name := range os.Args[1:] {
		files.Go(func() { compress(name) })
	}
	files.Wait()
}

func compress(name string) {
	file, err := os.Open(name)
	if err != nil {
		log.Fatal(err)
	}
	writer := gzip.NewWriter(io.Discard)
	if _, err := io.Copy(writer, file); err != nil {
		log.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		log.Fatal(err)
	}
}
