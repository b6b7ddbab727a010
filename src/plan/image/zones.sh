# Unpacks the time zones that come with Go.
#
# GOBUILD_LISTS   where zones.go is
# GOBUILD_OUTPUT  where they are put
set -eu
exec go run -trimpath -gcflags=all=-dwarf=false "$GOBUILD_LISTS/zones.go" "$(go env GOROOT)/lib/time/zoneinfo.zip" "$GOBUILD_OUTPUT"
