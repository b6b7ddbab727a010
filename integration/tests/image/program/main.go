// Says what it finds in its image, and serves until it is told to be ill.
package main

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"sync/atomic"
	"time"
)

var commit = "none"

func main() {
	if len(os.Args) > 1 && os.Args[1] == "look" {
		look()
		return
	}
	var ill atomic.Bool
	http.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) {
		if ill.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	http.HandleFunc("/fall-ill", func(http.ResponseWriter, *http.Request) { ill.Store(true) })
	fmt.Println(http.ListenAndServe(":8080", nil))
}

func look() {
	say("commit", commit, nil)
	roots, err := x509.SystemCertPool()
	say("certificates", roots != nil && len(roots.Subjects()) > 10, err)
	zone, err := time.LoadLocation("Europe/Berlin")
	say("zone", zone, err)
	name, _ := time.Unix(0, 0).Zone()
	say("local", name, nil)
	me, err := user.Current()
	if err == nil {
		say("user", me.Username+" "+me.Uid+":"+me.Gid+" "+me.HomeDir, nil)
	} else {
		say("user", "", err)
	}
	file, err := os.CreateTemp("", "x")
	if err == nil {
		file.Close()
	}
	say("temporary file", err == nil, err)
	home, err := os.UserHomeDir()
	if err == nil {
		err = os.WriteFile(filepath.Join(home, "x"), nil, 0o600)
	}
	say("home", home, err)
	say("data", "/data", os.WriteFile("/data/x", nil, 0o600))
	for _, path := range []string{"/tmp", "/data", "/srv/www", "/srv/www/sub/page.html", "/srv/secret/key", "/srv/run/tool"} {
		info, err := os.Stat(path)
		if err != nil {
			say(path, "", err)
			continue
		}
		say(path, info.Mode(), nil)
	}
}

func say(what string, value any, err error) {
	if err != nil {
		fmt.Println(what+":", err)
	} else {
		fmt.Printf("%s: %v\n", what, value)
	}
}
