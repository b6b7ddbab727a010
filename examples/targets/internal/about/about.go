// Package about is what a program says of itself.
package about

import (
	"fmt"
	"os"
)

var version = "unknown"

// Line names a program, its version and how it is set up.
func Line(program string) string {
	return fmt.Sprintf("%s %s queue=%s log=%s\n", program, version, os.Getenv("QUEUE"), os.Getenv("LOG"))
}
