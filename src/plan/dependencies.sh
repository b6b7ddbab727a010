# Compiles the packages of a list and leaves what the compiler made of them, as a GOCACHE to start others from.
#
# Arguments: the flags of `go build`. Reads GOBUILD_LISTS/packages, works in GOCACHE, and leaves the result in
# GOBUILD_OUTPUT, on top of what is there. If GOCACHE is another folder, it outlives the build, and is nobody else's
# meanwhile. For sh of any kind and busybox.
set -eu
packages=/tmp/packages unread=/tmp/unread stamp=/tmp/stamp future=/tmp/future before=/tmp/before
# Everything that is finished has a time to come, or Go would write each entry that it uses again, and one day throw
# them all away (golang/go#69565).
touch -d @2082758400 "$future"

# What this build uses is to be told from what others left here: Go gives an entry the present time when it uses it,
# but only if it is older than an hour (cmd/go/internal/cache). What is older still keeps its time: after five days
# Go throws away what was not used, once it has built.
if [ "$GOCACHE" != "$GOBUILD_OUTPUT" ]; then
	touch -d "@$(($(date +%s) - 7200))" "$before"
	find "$GOCACHE" -type f -newer "$before" ! -newer "$future" -exec touch -r "$before" {} +
fi
touch -d "@$(($(date +%s) - 60))" "$stamp"

# Go builds nothing if it cannot load all: what is not there is left to the compile step. So is what does not compile,
# which may be for another platform, and if not, the compile step says so.
go list -e "$@" -f '{{if not (or .Error .DepsErrors (eq .Name "main"))}}{{.ImportPath}}{{end}}' \
	$(cat "$GOBUILD_LISTS/packages") >"$packages"
if [ -s "$packages" ]; then
	go build "$@" $(cat "$packages") >/dev/null 2>&1 || :
fi

if [ "$GOCACHE" != "$GOBUILD_OUTPUT" ]; then
	cd "$GOCACHE"
	find . -type f -newer "$stamp" ! -newer "$future" -print0 |
		xargs -0 -r sh -c 'tar -cf - "$@" | tar -xf - -C "$GOBUILD_OUTPUT"' sh
fi

# Which files a package has, Go writes down for `go vet` and `go list`: a quarter of all entries, which no build reads.
cd "$GOBUILD_OUTPUT"
find . -type f -name '*-d' -size +0 -size -64 ! -newer "$future" -exec grep -Lv '^\./' {} + |
	sed 's|.*/\(.*\)-d$|\1|' >"$unread"
if [ -s "$unread" ]; then
	find . -type f -name '*-a' ! -newer "$future" -exec grep -lFf "$unread" {} + | xargs rm -f
	sed 's|^\(..\).*|./\1/&-d|' "$unread" | xargs rm -f
fi
find . ! -newer "$future" -exec touch -d @2114380800 {} +
