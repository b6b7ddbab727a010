module example.com/app

go 1.26

require (
	example.com/lib v1.0.0
	example.com/assert v1.2.0
)
