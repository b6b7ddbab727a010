module example.com/app

go 1.26

require (
	example.com/far v1.0.0
	example.com/unused v1.0.0
)
