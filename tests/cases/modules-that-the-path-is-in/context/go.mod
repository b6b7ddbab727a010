module example.com/library/examples

go 1.26

require example.com/library v1.0.0
