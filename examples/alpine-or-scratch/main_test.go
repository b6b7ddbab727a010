package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"
)

func TestHandler(t *testing.T) {
	alpine := fstest.MapFS{
		"bin/sh":         {Data: []byte("#!")},
		"etc/os-release": {Data: []byte("NAME=\"Alpine Linux\"\nPRETTY_NAME=\"Alpine Linux v3.18\"\n")},
	}
	tests := []struct {
		root fstest.MapFS
		path string
		body string
	}{
		{alpine, "/", `{"base":"Alpine Linux v3.18","shell":true}` + "\n"},
		{fstest.MapFS{}, "/", `{"base":"scratch","shell":false}` + "\n"},
		{fstest.MapFS{}, "/health", "ok\n"},
	}
	for _, tt := range tests {
		res := httptest.NewRecorder()
		newHandler(tt.root).ServeHTTP(res, httptest.NewRequest(http.MethodGet, tt.path, nil))
		if res.Code != http.StatusOK || res.Body.String() != tt.body {
			t.Errorf("GET %s = %d %q, want %q", tt.path, res.Code, res.Body, tt.body)
		}
	}
}
