package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/production/internal/upstream"
)

func TestHandler(t *testing.T) {
	tests := []struct {
		path string
		code int
		body string
	}{
		{"/", http.StatusOK, `{"commit":"unknown","service":"production","version":"dev"}` + "\n"},
		{"/health", http.StatusOK, `{"status":"ok"}` + "\n"},
		{"/missing", http.StatusNotFound, "404 page not found\n"},
	}
	handler := newHandler(upstream.New(""))
	for _, tt := range tests {
		res := httptest.NewRecorder()
		handler.ServeHTTP(res, httptest.NewRequest(http.MethodGet, tt.path, nil))
		if res.Code != tt.code || res.Body.String() != tt.body {
			t.Errorf("GET %s = %d %q, want %d %q", tt.path, res.Code, res.Body, tt.code, tt.body)
		}
	}
}

func TestCheckReportsFailure(t *testing.T) {
	res := httptest.NewRecorder()
	newHandler(upstream.New("")).ServeHTTP(res, httptest.NewRequest(http.MethodGet, "/check", nil))
	if res.Code != http.StatusBadGateway {
		t.Errorf("GET /check without an upstream = %d, want %d", res.Code, http.StatusBadGateway)
	}
}
