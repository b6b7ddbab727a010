// Listens on a port that is for those who may.
package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "user", os.Getuid()) })
	fmt.Println(http.ListenAndServe(":80", nil))
}
