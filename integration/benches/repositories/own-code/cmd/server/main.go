// The program: nearly all of it is the repository's own code.
package main

import (
	"log"
	"net/http"

	"example.com/bench/own-code/internal/all"
	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"
	"golang.org/x/text/language"
)

// Set by the linker.
var commit = "unknown"

const revision = "r0"

func main() {
	router := chi.NewRouter()
	router.Get("/", func(w http.ResponseWriter, r *http.Request) {
		tag := language.Make(r.Header.Get("Accept-Language"))
		_, _ = w.Write([]byte(uuid.NewString() + commit + revision + tag.String() + all.Describe()))
	})
	log.Fatal(http.ListenAndServe(":8080", router))
}
