module example.com/bench/small

go 1.26.0

require (
	github.com/go-chi/chi/v5 v5.3.0
	github.com/google/uuid v1.6.0
	golang.org/x/sync v0.23.0
	golang.org/x/text v0.42.0
)
