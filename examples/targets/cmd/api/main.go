// Api is a web server that says what it is.
package main

import (
	"io"
	"log"
	"net/http"
	"time"

	"example.com/targets/internal/about"
)

func main() {
	http.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, about.Line("api"))
	})
	server := &http.Server{Addr: ":8080", ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
