module example.com/app

go 1.26

require (
	example.com/lib v0.0.0
	golang.org/x/sync v0.20.0
)

replace example.com/lib => ./third_party/lib
