// Package platform names the machine that a program was compiled for.
package platform

import "runtime"

// Name returns the platform as image tools write it, such as "linux/arm64".
func Name() string {
	return runtime.GOOS + "/" + runtime.GOARCH
}
