package main

import (
	"net/http"

	"github.com/Masterminds/semver"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

func main() {}
