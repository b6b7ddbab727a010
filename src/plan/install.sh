# Compiles a program that is no part of the repository; the arguments are those of `go install`. For sh of any kind and busybox.
set -euf
. "$GOBUILD_LISTS/attempts.sh"
[ ! -e "$GOBUILD_LISTS/access.sh" ] || sh "$GOBUILD_LISTS/access.sh"

refused='the program is not to be had in this version. Is there such a version, and does the proxy want a password? That is an entry of its host in `modules.private`, with `token` or `netrc`.'

fetch() {
	{ go install "$@" || : >"$failed"; } 2>&1 | tee "$log" >&2
}

verdict() {
	if [ ! -e "$failed" ]; then
		echo 'done'
	# Go names a module in a version when it could not get it, and a file of one when that does not compile.
	elif grep -Eq "$untrusted|$closed|$settled" "$log" || ! grep -Eq '@v[0-9][^ /:]*: ' "$log"; then
		echo never
	else
		echo again
	fi
}

attempts "$@"
