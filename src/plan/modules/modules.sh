# Downloads the modules that the packages of a list are made of, and keeps what a build of them can use.
#
# Arguments: one for each platform, the variables that make a build for it, with spaces between them.
# Reads GOBUILD_LISTS/packages and GOBUILD_LISTS/modules (module@version, those that go.mod names), works in GOMODCACHE,
# which outlives the build, and leaves a part of it in a folder of GOBUILD_OUTPUT, which `env` beside it names for GOENV, and a
# link called GOBUILD_TREE. For sh of any kind and busybox.
set -euf
packages=/tmp/packages files=/tmp/files graph=/tmp/graph modules=/tmp/modules directories=/tmp/directories
broken=/tmp/broken
. "$GOBUILD_LISTS/attempts.sh"
[ ! -e "$GOBUILD_LISTS/access.sh" ] || sh "$GOBUILD_LISTS/access.sh"

# A line for each file, one that starts with `!` for an error, with `+` for the directory, with `@` for the module, with `=`
# for assembly and where its module is, with `-` for a file that no build of a package with others is made of.
format='{{with .Error}}{{printf "!%q\n" .Err}}{{end}}{{if .Module}}{{$dir := .Dir}}{{$others := or .GoFiles .CgoFiles}}'
for list in Go Cgo C CXX M H F S Swig SwigCXX Syso Embed; do
	format="$format{{range .${list}Files}}{{\$dir}}/{{.}}{{\"\\n\"}}{{end}}"
done
for list in IgnoredGo IgnoredOther; do
	format="$format{{range .${list}Files}}{{if \$others}}-{{end}}{{\$dir}}/{{.}}{{\"\\n\"}}{{end}}"
done
format="$format+{{.Dir}}{{\"\\n\"}}@{{.Module.Path}}@{{.Module.Version}}{{\"\\n\"}}"
format="$format{{if .SFiles}}={{.Dir}} {{.Module.Dir}}{{\"\\n\"}}{{end}}{{end}}"

list() {
	go mod graph >"$graph" || : >"$failed"
	for platform; do
		if [ -s "$GOBUILD_LISTS/packages" ]; then
			env $platform go list -e -deps -f "$format" $(cat "$GOBUILD_LISTS/packages") || : >"$failed"
		fi
	done >"$packages"
}

fetch() {
	list "$@" 2>&1 | tee "$log" >&2
	# Errors about a module in a version; all others are about sources, and the compile step says those better.
	sed -n 's/^!"\(.*@v[0-9][^ ]*: .*\)"$/\1/p' "$packages" | tee -a "$log" >&2
}

verdict() {
	if grep -Eq "$untrusted|$closed" "$log"; then
		echo never
	elif [ ! -e "$failed" ] && ! grep '@v[0-9][^ ]*: ' "$log" | grep -Eqv "$settled"; then
		echo 'done'
	elif ! grep -Eq "$settled" "$log"; then
		echo again
	elif [ -e "$failed" ] && [ -s "$packages" ]; then
		echo 'done'
	else
		echo never
	fi
}

attempts "$@"
verify

sed -n "s|^$GOMODCACHE/||p" "$packages" >"$files"
# Of the files that no build is made of, those that another build could be. Go tells by the name (`go help buildconstraint`)
# which are for other systems, and for other machines than the usual two.
systems='aix|android|darwin|dragonfly|freebsd|hurd|illumos|ios|js|nacl|netbsd|openbsd|plan9|solaris|wasip1|windows|zos'
others='386|amd64p32|arm|armbe|arm64be|loong64|mips|mipsle|mips64|mips64le|mips64p32|mips64p32le|ppc|ppc64|ppc64le'
others="$others|riscv|riscv64|s390|s390x|sparc|sparc64|wasm"
unread="_test\.go$|/[^/.]*_($systems)(_(amd64|arm64|$others))?(\.[^/]*)?\.(go|s)$" machines=usual
for platform; do
	case " $platform " in
	*' GOARCH=amd64 '* | *' GOARCH=arm64 '*) ;;
	*) machines=any ;;
	esac
done
[ "$machines" = any ] || unread="$unread|/[^/.]*_($others)(\.[^/]*)?\.(go|s)$"
sed -n "s|^-$GOMODCACHE/||p" "$packages" | grep -Ev "$unread" >>"$files" || [ $? = 1 ]
# Assembly and its headers may include what the list does not know of; then the module is kept whole.
plain='^[[:space:]]*#[[:space:]]*include[[:space:]]*["<][A-Za-z0-9][A-Za-z0-9_-]*\.h[">]'
sed -n "s|^=$GOMODCACHE/||p" "$packages" | sort -u | while read -r directory module; do
	cd "$GOMODCACHE/$directory"
	if [ "$(find . -maxdepth 1 \( -name '*.[sS]*' -o -name '*.h' \) -exec grep -h '#.*include' {} + | grep -v "$plain")" ]; then
		(cd "$GOMODCACHE" && find "${module#"$GOMODCACHE/"}" -type f) >>"$files"
	fi
done

# Go believes what it once found in a module, by its path. So that has a name for the packages and machines that are here, but
# none for versions, which the path has itself: of a module in another version, Go then reads that one anew.
name=$({ echo "$machines" && sed -n "s|^+$GOMODCACHE/||p" "$packages" | sed 's|@[^/]*|@|' | sort -u; } |
	sha256sum | cut -c 1-16)
tree=$GOBUILD_OUTPUT/$name
mkdir "$tree"
echo "GOMODCACHE=$tree" >"$GOBUILD_OUTPUT/env"
ln -s "$name" "$GOBUILD_OUTPUT/$GOBUILD_TREE"

# Go reads the go.mod of every module of the graph, and looks into all that could have a package. In the module cache
# upper case is written as `!` and lower case.
: >"$directories"
{
	tr ' ' '\n' <"$graph"
	sed -n 's/^@//p' "$packages"
	cat "$GOBUILD_LISTS/modules"
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
		echo "$tree/$module@$version" >>"$directories"
	fi
done <"$modules"

cd "$GOMODCACHE"
tr '\n' '\0' <"$directories" | xargs -0 -r mkdir -p
export broken tree
sort -u "$files" | tr '\n' '\0' |
	xargs -0 -r sh -c '{ tar -cf - "$@" || : >"$broken"; } | tar -xf - -C "$tree"' sh
[ ! -e "$broken" ]

# Beside code, licences.
keep=$GOBUILD_LISTS/keep-licenses.sh
[ ! -e "$keep" ] || GOBUILD_OUTPUT=$tree sh "$keep" <"$files"
