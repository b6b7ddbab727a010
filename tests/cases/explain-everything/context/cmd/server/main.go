package main

import (
	"embed"
	"net/http"

	"example.com/app/internal/store"
	"golang.org/x/sync/errgroup"
)

//go:embed templates/*.html
var templates embed.FS

var version string

func main() { _, _, _ = http.Get, store.Open, errgroup.Group{} }
