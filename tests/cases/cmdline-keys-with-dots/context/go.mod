// syntax=gobuild/frontend:1

module example.com/app

go 1.26
