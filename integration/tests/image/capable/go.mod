// syntax=gobuild/frontend:1
module example.com/capable

go 1.26
