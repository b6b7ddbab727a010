module example.com/app

go 1.26

require (
	golang.org/x/sync v0.20.0
	golang.org/x/text v0.30.0
)
