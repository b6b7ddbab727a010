module example.com/linked

go 1.26

require (
	github.com/BurntSushi/toml v1.4.0
	golang.org/x/sync v0.16.0
	golang.org/x/text v0.28.0
)
