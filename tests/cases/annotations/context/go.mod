module github.com/corp/app/v2

go 1.26
