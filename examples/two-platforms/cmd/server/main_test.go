package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/uuid"

	"example.com/two-platforms/server/internal/platform"
)

func TestAnswer(t *testing.T) {
	res := httptest.NewRecorder()
	newHandler().ServeHTTP(res, httptest.NewRequest(http.MethodGet, "/", nil))
	var got Answer
	if err := json.Unmarshal(res.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Platform != platform.Name() || got.Request == uuid.Nil {
		t.Errorf("GET / = %+v", got)
	}
}
