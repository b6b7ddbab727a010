// Package web is what every service of the repository starts.
package web

import (
	"encoding/json"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/google/uuid"
	"golang.org/x/text/language"
)

// Serve answers requests for a service.
func Serve(service, version string) error {
	router := chi.NewRouter()
	router.Use(middleware.RequestID, middleware.Recoverer)
	router.Get("/", func(w http.ResponseWriter, r *http.Request) {
		tag := language.Make(r.Header.Get("Accept-Language"))
		_ = json.NewEncoder(w).Encode(map[string]string{
			"id": uuid.NewString(), "service": service, "version": version, "language": tag.String(),
		})
	})
	return http.ListenAndServe(":8080", router)
}
