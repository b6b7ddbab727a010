package color

//go:generate go tool stringer -type=Color

type Color int

const Red Color = 0
