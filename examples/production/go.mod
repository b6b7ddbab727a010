module example.com/production

go 1.26
