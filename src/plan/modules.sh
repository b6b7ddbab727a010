# Downloads the modules that the packages of a list are made of, and keeps what a build of them can use.
#
# Arguments: one for each platform, the variables that make a build for it, with spaces between them.
# Reads GOBUILD_LISTS/packages and GOBUILD_LISTS/replacements (module@version), works in GOMODCACHE, which outlives the
# build, and leaves a part of it in GOBUILD_OUTPUT. For sh of any kind and busybox.
set -eu
packages=/tmp/packages files=/tmp/files graph=/tmp/graph modules=/tmp/modules directories=/tmp/directories

# A line for each file, one that starts with `!` for an error, with `=` for assembly and the module it is in.
format='{{with .Error}}{{printf "!%q\n" .Err}}{{end}}{{if .Module}}{{$dir := .Dir}}'
for list in Go Cgo IgnoredGo IgnoredOther C CXX M H F S Swig SwigCXX Syso Embed; do
	format="$format{{range .${list}Files}}{{\$dir}}/{{.}}{{\"\\n\"}}{{end}}"
done
format="$format{{if .SFiles}}={{.Dir}} {{.Module.Dir}}{{\"\\n\"}}{{end}}{{end}}"

# Go gives up on a module at the first fault of the network.
attempt=1
while :; do
	failed=
	for platform; do
		if [ -s "$GOBUILD_LISTS/packages" ]; then
			env $platform go list -e -deps -f "$format" $(cat "$GOBUILD_LISTS/packages") || failed=yes
		fi
	done >"$packages"
	# Errors about a module in a version; all others are about sources, and the compile step says them better.
	if [ ! "$failed" ] && ! grep '^!.*@v[0-9][^ ]*: ' "$packages" >&2; then
		break
	fi
	if [ $attempt = 4 ]; then
		exit 1
	fi
	sleep $((attempt * attempt))
	attempt=$((attempt + 1))
done

sed -n "s|^$GOMODCACHE/||p" "$packages" >"$files"
# Assembly may include what the list does not know of; then the module is kept whole.
sed -n "s|^=$GOMODCACHE/||p" "$packages" | sort -u | while read -r directory module; do
	if find "$GOMODCACHE/$directory" -maxdepth 1 -name '*.[sS]*' -exec cat {} + | grep -q '^[[:space:]]*#[[:space:]]*include.*/'; then
		(cd "$GOMODCACHE" && find "${module#"$GOMODCACHE/"}" -type f) >>"$files"
	fi
done

# Go reads the go.mod of every module of the graph, and looks into all that could have a package. Where it cannot tell
# which those are, all there are. In the module cache upper case is written as `!` and lower case.
: >"$directories"
if ! go mod graph >"$graph"; then
	find "$GOMODCACHE/cache/download" -name '*.mod' |
		sed -n "s|^$GOMODCACHE/cache/download/\(.*\)/@v/\(.*\)\.mod$|\1@\2|p" >"$graph"
fi
{
	tr ' ' '\n' <"$graph"
	cat "$GOBUILD_LISTS/replacements"
} | sort -u |
	awk '{
		name = ""
		for (i = 1; i <= length($0); i++) {
			c = substr($0, i, 1)
			name = name (c == tolower(c) ? c : "!" tolower(c))
		}
		print name
	}' >"$modules"
while IFS=@ read -r module version; do
	for kind in mod info ziphash; do
		file="cache/download/$module/@v/$version.$kind"
		if [ -f "$GOMODCACHE/$file" ]; then
			echo "$file" >>"$files"
		fi
	done
	if [ -d "$GOMODCACHE/$module@$version" ]; then
		echo "$GOBUILD_OUTPUT/$module@$version" >>"$directories"
	fi
done <"$modules"

cd "$GOMODCACHE"
tr '\n' '\0' <"$directories" | xargs -0 -r mkdir -p "$GOBUILD_OUTPUT"
sort -u "$files" | tr '\n' '\0' | xargs -0 -r sh -c 'tar -cf - "$@" | tar -xf - -C "$GOBUILD_OUTPUT"' sh
