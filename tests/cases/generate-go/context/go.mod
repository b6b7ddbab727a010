module example.com/app

go 1.26

tool golang.org/x/tools/cmd/stringer

require golang.org/x/tools v0.38.0
