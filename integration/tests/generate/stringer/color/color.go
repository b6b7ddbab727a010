// Package color has names for colors.
package color

//go:generate go tool stringer -type=Color

// Color is one of a few.
type Color int

// The colors.
const (
	Red Color = iota
	Green
)
