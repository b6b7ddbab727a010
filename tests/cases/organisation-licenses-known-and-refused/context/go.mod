module example.com/app

go 1.26

require (
	example.com/kept v1.0.0
	example.com/old v1.5.0
	example.com/strange v0.1.0
	example.com/viral v2.0.0+incompatible // indirect
)

replace example.com/old => example.com/fork v1.5.1
