module example.com/vendored

go 1.26

require example.com/small v1.2.3
