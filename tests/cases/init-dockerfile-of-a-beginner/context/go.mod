module example.com/shop/hello

go 1.20
