// Server is a web server that tells what else is in its image.
//
// Called as "server health" it asks a running server how it is, for the health check.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

const addr = ":8080"

// Image is the answer to GET /.
type Image struct {
	// Base is the distribution's own name, or "scratch" where there is none.
	Base  string `json:"base"`
	Shell bool   `json:"shell"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	run := serve
	if len(os.Args) > 1 && os.Args[1] == "health" {
		run = checkHealth
	}
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

func newHandler(root fs.FS) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(inspect(root)); err != nil {
			log.Print(err)
		}
	})
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "ok\n")
	})
	return mux
}

// inspect looks around in the file system of the image.
func inspect(root fs.FS) Image {
	image := Image{Base: "scratch"}
	if _, err := fs.Lstat(root, "bin/sh"); err == nil {
		image.Shell = true
	}
	file, err := root.Open("etc/os-release")
	if err != nil {
		return image
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if name, ok := strings.CutPrefix(lines.Text(), "PRETTY_NAME="); ok {
			image.Base = strings.Trim(name, `"`)
		}
	}
	return image
}

// serve answers requests until ctx is done, then lets the ones under way finish.
func serve(ctx context.Context) error {
	server := &http.Server{Addr: addr, Handler: newHandler(os.DirFS("/")), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	log.Printf("listening on %s", addr)

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return server.Shutdown(ctx)
}

func checkHealth(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1"+addr+"/health", nil)
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
