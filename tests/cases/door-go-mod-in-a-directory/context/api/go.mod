// syntax=gobuild/frontend:1

module example.com/api

go 1.25
