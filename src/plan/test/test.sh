# Compiles the program that runs tests and tells of them, and becomes it.
#
# Arguments: those of the program. Reads GOBUILD_LISTS/report.go and leaves reports in GOBUILD_OUTPUT. For sh of any
# kind and busybox.
set -eu
(cd / && CGO_ENABLED=0 GOWORK=off GOFLAGS= GOEXPERIMENT= go build -o /tmp/gobuild-test "$GOBUILD_LISTS/report.go")
exec /tmp/gobuild-test "$@"
