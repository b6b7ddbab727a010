// Devops-info-service tells about itself, the system it runs on and how long it has been running.
//
// It listens on 0.0.0.0:8000, or on what HOST and PORT say.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

const version = "1.0.0"

// Each log line says which line of the source wrote it.
const logFlags = log.LstdFlags | log.LUTC | log.Lshortfile

// Info is the answer to GET /.
type Info struct {
	Service Service  `json:"service"`
	System  System   `json:"system"`
	Runtime Runtime  `json:"runtime"`
	Paths   []string `json:"endpoints"`
}

// Service says what is running.
type Service struct {
	Name        string `json:"name"`
	Version     string `json:"version"`
	Description string `json:"description"`
}

// System says where it is running.
type System struct {
	Hostname     string `json:"hostname"`
	Platform     string `json:"platform"`
	Architecture string `json:"architecture"`
	CPUCount     int    `json:"cpu_count"`
	GoVersion    string `json:"go_version"`
}

// Runtime says since when it is running.
type Runtime struct {
	UptimeSeconds int64  `json:"uptime_seconds"`
	Uptime        string `json:"uptime_human"`
	CurrentTime   string `json:"current_time"`
	Timezone      string `json:"timezone"`
}

// Health is the answer to GET /health.
type Health struct {
	Status        string `json:"status"`
	Timestamp     string `json:"timestamp"`
	UptimeSeconds int64  `json:"uptime_seconds"`
}

// NotFound is the answer to everything else.
type NotFound struct {
	Error   string   `json:"error"`
	Message string   `json:"message"`
	Paths   []string `json:"endpoints"`
}

var endpoints = []string{"GET /", "GET /health"}

func main() {
	log.SetFlags(logFlags)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	addr := net.JoinHostPort(cmp.Or(os.Getenv("HOST"), "0.0.0.0"), cmp.Or(os.Getenv("PORT"), "8000"))
	server := &http.Server{Addr: addr, Handler: newHandler(time.Now()), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	log.Printf("devops-info-service %s listening on %s", version, addr)

	select {
	case err := <-failed:
		log.Fatal(err)
	case <-ctx.Done():
	}
	log.Print("shutting down")
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		log.Fatal(err)
	}
}

func newHandler(started time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, info(started, time.Now()))
	})
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		now := time.Now()
		writeJSON(w, http.StatusOK, Health{
			Status:        "healthy",
			Timestamp:     now.UTC().Format(time.RFC3339),
			UptimeSeconds: int64(now.Sub(started).Seconds()),
		})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusNotFound, NotFound{
			Error:   "Not Found",
			Message: "There is nothing at " + r.Method + " " + r.URL.Path + ". Try one of the endpoints.",
			Paths:   endpoints,
		})
	})
	return logged(mux)
}

func info(started, now time.Time) Info {
	hostname, err := os.Hostname()
	if err != nil {
		log.Printf("hostname: %v", err)
	}
	zone, _ := now.Zone()
	uptime := now.Sub(started).Truncate(time.Second)
	return Info{
		Service: Service{
			Name:        "devops-info-service",
			Version:     version,
			Description: "Tells about itself and the system it runs on",
		},
		System: System{
			Hostname:     hostname,
			Platform:     runtime.GOOS,
			Architecture: runtime.GOARCH,
			CPUCount:     runtime.NumCPU(),
			GoVersion:    runtime.Version(),
		},
		Runtime: Runtime{
			UptimeSeconds: int64(uptime.Seconds()),
			Uptime:        uptime.String(),
			CurrentTime:   now.UTC().Format(time.RFC3339),
			Timezone:      zone,
		},
		Paths: endpoints,
	}
}

// statusWriter remembers the status for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// logged writes a line for each request.
func logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		sw := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(sw, r)
		log.Printf("%s %q %d %s %s", r.Method, r.URL.Path, sw.status, time.Since(start).Round(time.Microsecond), r.RemoteAddr)
	})
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(value); err != nil {
		log.Printf("answer not written: %v", err)
	}
}
