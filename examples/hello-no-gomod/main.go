// syntax=gobuild/frontend:1 ports=80

// Hello is the smallest thing worth an image: one file, no go.mod.
package main

import (
	"fmt"
	"log"
	"net/http"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "Hello from Multi-Stage Build!")
	})
	log.Fatal(http.ListenAndServe(":80", nil))
}
