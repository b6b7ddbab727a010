// Servers with private modules: Git over HTTPS and over SSH, module proxies, an HTTP proxy; for tests.
//
// They listen on one address, under names that only the steps of a test know, behind a CA of their own, and end with
// the standard input. What a client needs to know is written to standard output as JSON; every request is a line of
// `requests.log`. Credentials come from the environment.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// Names of the servers.
const (
	tokenHost  = "token.git.example"
	netrcHost  = "netrc.git.example"
	sshHost    = "ssh.git.example"
	proxyHost  = "modules.example"
	brokenHost = "broken.example"
	vulnsHost  = "vulns.example"
)

// What stands for govulncheck: it asks its database for something, and reports what it got.
const scanner = `package main

import (
	"flag"
	"io"
	"log"
	"net/http"
	"os"
)

func main() {
	database := flag.String("db", "", "")
	flag.String("format", "", "")
	flag.String("mode", "", "")
	flag.Parse()
	report := io.Reader(os.Stdin)
	if *database != "" {
		answer, err := http.Get(*database + "/index/db.json")
		if err != nil {
			log.Fatal(err)
		}
		report = answer.Body
	}
	_, _ = io.Copy(os.Stdout, report)
}
`

type answer struct {
	CA         string
	KnownHosts string
	Modules    map[string]module
}

func main() {
	log.SetFlags(0)
	directory, address := os.Args[1], os.Args[2]
	requests, err := os.Create(filepath.Join(directory, "requests.log"))
	check(err)
	record := func(format string, arguments ...any) { fmt.Fprintf(requests, format+"\n", arguments...) }

	modules := map[string]module{}
	for _, host := range []string{tokenHost, netrcHost, sshHost} {
		for _, name := range []string{"one", "two"} {
			made := newModule(host+"/corp/"+name, nil)
			made.commit(filepath.Join(directory, "repositories", host, "corp", name))
			modules[made.Path] = made
		}
	}
	other := newModule(tokenHost+"/other/one", nil)
	other.commit(filepath.Join(directory, "repositories", tokenHost, "other", "one"))
	modules[other.Path] = other
	// A chain, so that there is much to fail at, and one thing after the other.
	var before []module
	for number := range 12 {
		made := newModule(fmt.Sprintf("public.example/m%d", number), before)
		modules[made.Path] = made
		before = []module{made}
	}
	vuln := newModule("golang.org/x/vuln", nil)
	vuln.files["cmd/govulncheck/main.go"] = scanner
	modules[vuln.Path] = vuln

	authority := newAuthority()
	listener, err := net.Listen("tcp", address+":443")
	check(err)
	hosts := map[string]http.Handler{
		tokenHost:  twoTokens(directory),
		netrcHost:  repositories(directory, netrcHost, "machine-user", os.Getenv("PASSWORD")),
		sshHost:    http.HandlerFunc(whereRepositoryIs),
		proxyHost:  authorized("machine-user", os.Getenv("PASSWORD"), moduleProxy(modules)),
		brokenHost: broken(record, moduleProxy(modules)),
		vulnsHost:  http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, `{"modified":"today"}`) }),
	}
	go func() {
		check(http.Serve(authority.listen(listener), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			handler, known := hosts[r.Host]
			if !known {
				handler = http.NotFoundHandler()
			}
			_, _, credentials := r.BasicAuth()
			record("https %s %s credentials=%t", r.Host, r.URL.Path, credentials)
			handler.ServeHTTP(w, r)
		})))
	}()
	knownHosts := serveSSH(directory, address+":2222", os.Getenv("PUBLIC_KEY"), record)
	go func() {
		check(http.ListenAndServe(address+":3128", tunnel(address, record)))
	}()

	check(json.NewEncoder(os.Stdout).Encode(answer{
		CA:         authority.pem,
		KnownHosts: fmt.Sprintf("[%s]:2222 %s", sshHost, knownHosts),
		Modules:    modules,
	}))
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// A host where a token opens the repositories of one owner only.
func twoTokens(directory string) http.Handler {
	corp := repositories(directory, tokenHost, "x-access-token", os.Getenv("TOKEN"))
	other := repositories(directory, tokenHost, "robot", os.Getenv("OTHER_TOKEN"))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/corp/") {
			corp.ServeHTTP(w, r)
		} else {
			other.ServeHTTP(w, r)
		}
	})
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
