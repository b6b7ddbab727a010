module example.com/app

go 1.26

toolchain go1.26.5
