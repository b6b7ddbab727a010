module example.com/scratch-and-static

go 1.26
