package main

import (
	"bytes"
	"encoding/json"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"testing"
	"time"
)

func get(t *testing.T, path string, code int, answer any) {
	t.Helper()
	res := httptest.NewRecorder()
	newHandler(time.Now().Add(-time.Minute)).ServeHTTP(res, httptest.NewRequest(http.MethodGet, path, nil))
	if res.Code != code {
		t.Fatalf("GET %s = %d, want %d", path, res.Code, code)
	}
	decoder := json.NewDecoder(res.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(answer); err != nil {
		t.Fatalf("GET %s: %v", path, err)
	}
}

func TestInfo(t *testing.T) {
	var got Info
	get(t, "/", http.StatusOK, &got)
	if got.Service.Name != "devops-info-service" || got.System.CPUCount < 1 || got.Runtime.UptimeSeconds < 60 {
		t.Errorf("GET / = %+v", got)
	}
}

func TestHealth(t *testing.T) {
	var got Health
	get(t, "/health", http.StatusOK, &got)
	if got.Status != "healthy" || got.UptimeSeconds < 60 {
		t.Errorf("GET /health = %+v", got)
	}
	if _, err := time.Parse(time.RFC3339, got.Timestamp); err != nil {
		t.Error(err)
	}
}

func TestNotFound(t *testing.T) {
	var got NotFound
	get(t, "/nothing", http.StatusNotFound, &got)
	if got.Error != "Not Found" || len(got.Paths) != 2 {
		t.Errorf("GET /nothing = %+v", got)
	}
}

func TestLogHasFileAndLine(t *testing.T) {
	var buf bytes.Buffer
	flags := log.Flags()
	log.SetFlags(logFlags)
	log.SetOutput(&buf)
	defer func() {
		log.SetFlags(flags)
		log.SetOutput(os.Stderr)
	}()
	get(t, "/health", http.StatusOK, new(Health))
	want := regexp.MustCompile(`^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d main\.go:\d+: GET "/health" 200 `)
	if !want.Match(buf.Bytes()) {
		t.Errorf("log line %q does not match %s", buf.String(), want)
	}
}
