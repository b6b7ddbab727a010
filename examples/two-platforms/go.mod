// syntax=gobuild/frontend:1

module example.com/two-platforms/server

go 1.26

require (
	github.com/go-chi/chi/v5 v5.5.0
	github.com/google/uuid v1.6.0
	golang.org/x/sync v0.20.0
)
