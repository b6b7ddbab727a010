package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

const version = "v1.0.0"

// A module with one package, which says its path.
type module struct {
	Path  string
	Sums  string
	files map[string]string
}

func newModule(name string, requires []module) module {
	mod, imports := fmt.Sprintf("module %s\n\ngo 1.21\n", name), ""
	for _, required := range requires {
		mod += fmt.Sprintf("\nrequire %s %s\n", required.Path, version)
		imports += fmt.Sprintf("import _ %q\n", required.Path)
	}
	base := path.Base(name)
	source := fmt.Sprintf("package %s\n\n%s\n// Path is where this comes from.\nconst Path = %q\n", base, imports, name)
	// So much that it does not fit into a packet.
	source += strings.Repeat("// to be transferred, and cut off in the middle\n", 4000)
	made := module{Path: name, files: map[string]string{"go.mod": mod, base + ".go": source}}
	whole := map[string]string{}
	for file, text := range made.files {
		whole[name+"@"+version+"/"+file] = text
	}
	made.Sums = fmt.Sprintf("%s %s %s\n%s %s/go.mod %s\n", name, version, sum(whole),
		name, version, sum(map[string]string{"go.mod": mod}))
	return made
}

// As go.sum has it: the hash of a list of hashes.
func sum(files map[string]string) string {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	list := sha256.New()
	for _, name := range names {
		fmt.Fprintf(list, "%x  %s\n", sha256.Sum256([]byte(files[name])), name)
	}
	return "h1:" + base64.StdEncoding.EncodeToString(list.Sum(nil))
}

// Makes a repository with the module and a tag.
func (m module) commit(directory string) {
	check(os.MkdirAll(directory, 0o755))
	for name, text := range m.files {
		check(os.WriteFile(filepath.Join(directory, name), []byte(text), 0o644))
	}
	for _, arguments := range [][]string{
		{"init", "--quiet"}, {"add", "."}, {"commit", "--quiet", "--message", "one"}, {"tag", version},
	} {
		git := exec.Command("git", append([]string{"-c", "user.name=x", "-c", "user.email=x@x.example"}, arguments...)...)
		git.Dir, git.Stderr = directory, os.Stderr
		check(git.Run())
	}
}

// What a module proxy serves (go.dev/ref/mod, "GOPROXY protocol").
func moduleProxy(modules map[string]module) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, file, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/@v/")
		found, known := modules[name]
		switch {
		case known && file == "list":
			fmt.Fprintln(w, version)
		case known && file == version+".info":
			fmt.Fprintf(w, `{"Version":%q,"Time":"2026-01-01T00:00:00Z"}`, version)
		case known && file == version+".mod":
			fmt.Fprint(w, found.files["go.mod"])
		case known && file == version+".zip":
			_, _ = w.Write(found.zip())
		default:
			http.NotFound(w, r)
		}
	})
}

func (m module) zip() []byte {
	var buffer bytes.Buffer
	archive := zip.NewWriter(&buffer)
	for name, text := range m.files {
		// Stored, so that it is long.
		file, err := archive.CreateHeader(&zip.FileHeader{Name: m.Path + "@" + version + "/" + name})
		check(err)
		_, err = file.Write([]byte(text))
		check(err)
	}
	check(archive.Close())
	return buffer.Bytes()
}
