// A small HTTP service: one package, a router, a few modules.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"golang.org/x/text/language"
)

// Set by the linker.
var commit = "unknown"

const revision = "r0"

func main() {
	router := chi.NewRouter()
	router.Use(middleware.RequestID, middleware.Recoverer)
	router.Get("/", func(w http.ResponseWriter, r *http.Request) {
		tag, _ := language.MatchStrings(language.NewMatcher([]language.Tag{language.English, language.German}),
			r.Header.Get("Accept-Language"))
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{
			"id": uuid.NewString(), "commit": commit, "revision": revision, "language": tag.String(),
		})
	})
	address := os.Getenv("ADDRESS")
	if address == "" {
		address = ":8080"
	}
	group, ctx := errgroup.WithContext(context.Background())
	server := &http.Server{Addr: address, Handler: router}
	group.Go(server.ListenAndServe)
	group.Go(func() error {
		<-ctx.Done()
		return server.Shutdown(context.Background())
	})
	log.Fatal(group.Wait())
}
