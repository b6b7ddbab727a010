// A scanner of images, as BuildKit runs one (docs/attestations/sbom-protocol.md of its repository): lists the Go modules of all
// programs that it finds.
package main

import (
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

type module struct {
	SPDXID  string `json:"SPDXID"`
	Name    string `json:"name"`
	Version string `json:"versionInfo"`
}

func main() {
	modules := []module{}
	err := filepath.WalkDir(os.Getenv("BUILDKIT_SCAN_SOURCE"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		program, err := buildinfo.ReadFile(path)
		if err != nil {
			return nil
		}
		for _, dependency := range program.Deps {
			id := fmt.Sprintf("SPDXRef-%d", len(modules))
			modules = append(modules, module{id, dependency.Path, dependency.Version})
		}
		return nil
	})
	if err == nil {
		err = write(modules)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(modules []module) error {
	statement, err := json.Marshal(map[string]any{
		"_type":         "https://in-toto.io/Statement/v0.1",
		"predicateType": "https://spdx.dev/Document",
		"predicate":     map[string]any{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "packages": modules},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(os.Getenv("BUILDKIT_SCAN_DESTINATION"), "modules.spdx.json"), statement, 0o644)
}
