package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestHandler(t *testing.T) {
	t.Setenv("GODEBUG", "madvdontneed=1")
	tests := []struct {
		path string
		code int
		body string
	}{
		{"/", http.StatusOK, "Hello from a small image!\nGODEBUG=madvdontneed=1\n"},
		{"/health", http.StatusOK, "ok\n"},
		{"/missing", http.StatusNotFound, "404 page not found\n"},
	}
	handler := newHandler()
	for _, tt := range tests {
		res := httptest.NewRecorder()
		handler.ServeHTTP(res, httptest.NewRequest(http.MethodGet, tt.path, nil))
		if res.Code != tt.code || res.Body.String() != tt.body {
			t.Errorf("GET %s = %d %q, want %d %q", tt.path, res.Code, res.Body, tt.code, tt.body)
		}
	}
}
