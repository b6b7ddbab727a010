# Downloads all modules, whole, into GOMODCACHE. For sh of any kind and busybox.
set -euf
. "$GOBUILD_LISTS/attempts.sh"
[ ! -e "$GOBUILD_LISTS/access.sh" ] || sh "$GOBUILD_LISTS/access.sh"

fetch() {
	{ go mod download || : >"$failed"; } 2>&1 | tee "$log" >&2
}

verdict() {
	if [ ! -e "$failed" ]; then
		echo 'done'
	elif grep -Eq "$untrusted|$closed|$settled" "$log"; then
		echo never
	else
		echo again
	fi
}

attempts
verify
mkdir -p "$GOMODCACHE"
