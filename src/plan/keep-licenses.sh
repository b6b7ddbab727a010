# Keeps the licence files of modules beside the packages that are kept of them.
#
# Reads the files that are kept, as paths in GOMODCACHE, and from GOBUILD_LISTS `licenses.patterns`, what licence files
# are called, and `code.patterns`, what is none for all that. Adds to GOBUILD_OUTPUT. For sh of any kind and busybox.
set -euf
broken=/tmp/broken-licenses
export broken
cd "$GOMODCACHE"
sed -n '/^cache\//d; s/^\([^@]*@[^/]*\)\/.*/\1/p' | sort -u | tr '\n' '\0' |
	xargs -0 -r sh -c 'find "$@" -type f' sh |
	grep -Eif "$GOBUILD_LISTS/licenses.patterns" | grep -Eivf "$GOBUILD_LISTS/code.patterns" | tr '\n' '\0' |
	xargs -0 -r sh -c '{ tar -cf - "$@" || : >"$broken"; } | tar -xf - -C "$GOBUILD_OUTPUT"' sh
[ ! -e "$broken" ]
