// Server is a small web service that calls another one over HTTPS.
//
// It is configured by the environment: UPSTREAM is the URL that GET /check calls, PORT is where it
// listens (8080). Called as "server health" it asks a running server how it is, for the health check.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/production/internal/upstream"
)

// Set by the linker.
var (
	version = "dev"
	commit  = "unknown"
)

func main() {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	run := serve
	if len(os.Args) > 1 && os.Args[1] == "health" {
		run = checkHealth
	}
	if err := run(ctx, cmp.Or(os.Getenv("PORT"), "8080")); err != nil {
		slog.Error("server failed", "error", err)
		os.Exit(1)
	}
}

// serve answers requests until ctx is done, then lets the ones under way finish.
func serve(ctx context.Context, port string) error {
	if !upstream.HasRoots() {
		slog.Warn("this image has no CA certificates: every HTTPS call will fail")
	}
	server := &http.Server{
		Addr:              net.JoinHostPort("", port),
		Handler:           newHandler(upstream.New(os.Getenv("UPSTREAM"))),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      15 * time.Second,
		IdleTimeout:       time.Minute,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	slog.Info("listening", "addr", server.Addr, "version", version, "commit", commit, "uid", os.Getuid())

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	slog.Info("shutting down")
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Second)
	defer cancel()
	return server.Shutdown(ctx)
}

func newHandler(up *upstream.Client) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{
			"service": "production",
			"version": version,
			"commit":  commit,
		})
	})
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /check", func(w http.ResponseWriter, r *http.Request) {
		report := up.Check(r.Context())
		code := http.StatusOK
		if report.Error != "" {
			slog.Warn("upstream failed", "url", report.URL, "error", report.Error)
			code = http.StatusBadGateway
		}
		writeJSON(w, code, report)
	})
	return mux
}

func writeJSON(w http.ResponseWriter, code int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	if err := json.NewEncoder(w).Encode(value); err != nil {
		slog.Warn("answer not written", "error", err)
	}
}

func checkHealth(ctx context.Context, port string) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	url := fmt.Sprintf("http://%s/health", net.JoinHostPort("127.0.0.1", port))
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return errors.New("unhealthy: " + res.Status)
	}
	return nil
}
