package upstream

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		case "/broken":
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer plain.Close()
	untrusted := httptest.NewTLSServer(plain.Config.Handler)
	defer untrusted.Close()

	tests := []struct {
		name, url string
		status    int
		problem   string
	}{
		{"healthy", plain.URL, http.StatusOK, ""},
		{"redirect", plain.URL + "/moved", http.StatusFound, ""},
		{"failing", plain.URL + "/broken", http.StatusServiceUnavailable, "503 Service Unavailable"},
		{"untrusted", untrusted.URL, 0, "x509: "},
		{"unset", "", 0, "UPSTREAM is not set"},
		{"malformed", "http://%zz", 0, "invalid URL escape"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := New(tt.url).Check(t.Context())
			if got.Status != tt.status || !strings.Contains(got.Error, tt.problem) || (got.Error == "") != (tt.problem == "") {
				t.Errorf("Check(%q) = %+v, want status %d and error %q", tt.url, got, tt.status, tt.problem)
			}
		})
	}
}
