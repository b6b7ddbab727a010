package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"hash/fnv"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A company's own certificate authority.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         string
}

func newAuthority() authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a company"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	bytes, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	check(err)
	certificate, err := x509.ParseCertificate(bytes)
	check(err)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: bytes})
	return authority{certificate: certificate, key: key, pem: string(text)}
}

// TLS for whatever name a client asks for.
func (a authority) listen(listener net.Listener) net.Listener {
	return tls.NewListener(listener, &tls.Config{
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			template := &x509.Certificate{
				SerialNumber: big.NewInt(time.Now().UnixNano()), DNSNames: []string{hello.ServerName},
				NotBefore: a.certificate.NotBefore, NotAfter: a.certificate.NotAfter,
				ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
			}
			bytes, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &a.key.PublicKey, a.key)
			return &tls.Certificate{Certificate: [][]byte{bytes}, PrivateKey: a.key}, err
		},
	})
}

// Asks everybody for a password.
func authorized(user, password string, handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, given, _ := r.BasicAuth(); name != user || given != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="a company"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(w, r)
	})
}

// Says to Go that a repository is where its module is (go.dev/ref/mod, "Finding a repository for a module path").
func whereRepositoryIs(w http.ResponseWriter, r *http.Request) {
	root := r.Host + r.URL.Path
	fmt.Fprintf(w, `<meta name="go-import" content="%s git https://%s">`, root, root)
}

// Git over HTTPS, and what Go asks before.
func repositories(directory, host, user, password string) http.Handler {
	path, err := exec.Command("git", "--exec-path").Output()
	check(err)
	git := &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(path)), "git-http-backend"),
		Env: []string{
			"GIT_PROJECT_ROOT=" + filepath.Join(directory, "repositories", host), "GIT_HTTP_EXPORT_ALL=1",
			"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=*",
		},
	}
	return authorized(user, password, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("go-get") == "1" {
			whereRepositoryIs(w, r)
			return
		}
		git.ServeHTTP(w, r)
	}))
}

// A server on a bad day: a file is to be had at the second or third time only, and each time it fails in another way.
func broken(record func(string, ...any), handler http.Handler) http.Handler {
	var lock sync.Mutex
	asked := map[string]uint32{}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hash := fnv.New32()
		_, _ = io.WriteString(hash, r.URL.Path)
		chance := hash.Sum32()
		lock.Lock()
		time := asked[r.URL.Path]
		asked[r.URL.Path]++
		lock.Unlock()
		if time > chance%2 {
			handler.ServeHTTP(w, r)
			return
		}
		fault := (chance/2 + time) % 4
		record("fault %d %s", fault, r.URL.Path)
		switch fault {
		case 0:
			http.Error(w, "later", http.StatusServiceUnavailable)
		case 1:
			http.Error(w, "what?", http.StatusInternalServerError)
		case 2: // Gone before an answer.
			panic(http.ErrAbortHandler)
		case 3: // Gone in the middle of one.
			whole := httptest.NewRecorder()
			handler.ServeHTTP(whole, r)
			w.Header().Set("Content-Length", fmt.Sprint(whole.Body.Len()))
			_, _ = w.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
	})
}

// An HTTP proxy, which alone knows where the hosts are.
func tunnel(address string, record func(string, ...any)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		record("tunnel %s", r.Host)
		server, err := net.Dial("tcp", address+":443")
		if r.Method != http.MethodConnect || err != nil {
			http.Error(w, "only CONNECT", http.StatusBadGateway)
			return
		}
		defer server.Close()
		client, _, err := w.(http.Hijacker).Hijack()
		check(err)
		defer client.Close()
		_, _ = io.WriteString(client, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(server, client) }()
		_, _ = io.Copy(client, server)
	})
}
