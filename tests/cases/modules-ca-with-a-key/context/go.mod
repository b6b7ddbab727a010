module example.com/app

go 1.26

require (
	github.com/Masterminds/semver v1.5.0
	github.com/go-chi/chi/v5 v5.2.3
	golang.org/x/text v0.30.0 // indirect
)

replace github.com/Masterminds/semver => github.com/Acme/semver v1.5.1
