# Collects the licence files of what is linked into programs: of their modules, of Go, and of the repository.
#
# Reads the programs in GOBUILD_BINARIES, and from GOBUILD_LISTS `licenses.patterns`, what such files are called,
# `code.patterns`, what is none for all that, and `directories`, a line for each module of the context with its path and
# its directory. Modules are in Go's module cache or in the vendor directory GOBUILD_VENDOR; the context's own files are in
# GOBUILD_SOURCES. Leaves `licenses/<module>@<version>/…` in GOBUILD_OUTPUT, and in GOBUILD_INDEX, if there is one, all of it in
# a file. For sh of any kind and busybox.
set -euf
umask 022
tab=$(printf '\t') output=$GOBUILD_OUTPUT/licenses
info=/tmp/info linked=/tmp/linked vendored=/tmp/vendored taken=/tmp/taken
modules=$(go env GOMODCACHE)
mkdir -p "$output"
# What the linker wrote into the programs.
go version -m "$GOBUILD_BINARIES" >"$info"

# The paths of a list that are licence files.
only() {
	grep -Eif "$GOBUILD_LISTS/licenses.patterns" | grep -Eivf "$GOBUILD_LISTS/code.patterns" | sort || :
}

# Copies the files of a list, from a directory, under the name of what they are the licences of.
take() {
	while IFS= read -r file; do
		mkdir -p "$(dirname "$output/$1/$file")"
		cp "$2/$file" "$output/$1/$file"
	done <"$taken"
	[ -s "$taken" ] || echo "gobuild: $1 has no licence file" >&2
}

# Licences that are above a module of a larger repository are its own, too.
of_context() {
	directory=$2
	while :; do
		(cd "$GOBUILD_SOURCES/$directory" 2>/dev/null && find . -maxdepth 2 -type f) | sed 's|^\./||' | only |
			grep -Ei '^[^/]*$|^licenses/' >"$taken" || :
		if [ -s "$taken" ] || [ "$directory" = . ]; then
			break
		fi
		directory=$(dirname "$directory")
	done
	take "$1" "$GOBUILD_SOURCES/$directory"
}

# A module in the vendor directory may have another one below it.
of_vendor() {
	(cd "$GOBUILD_VENDOR/$1" && find . -type f) | sed 's|^\./||' | only |
		awk -v module="$1" '
			FILENAME == ARGV[1] { modules[$0]; next }
			{
				above = module "/" $0
				while (sub("/[^/]*$", "", above)) {
					if (above in modules) {
						if (above == module) print
						break
					}
				}
			}' "$vendored" - >"$taken"
	take "$2" "$GOBUILD_VENDOR/$1"
}

of_cache() {
	(cd "$modules/$1" && find . -type f) | sed 's|^\./||' | only >"$taken"
	take "$2" "$modules/$1"
}

# A line for each: where it is, what it is called, and in which directory. A module that is replaced is what replaces it,
# except by its name in the vendor directory.
awk -F "$tab" -v vendor="${GOBUILD_VENDOR:-}" '
	function escaped(path,    i, c, text) {
		for (i = 1; i <= length(path); i++) {
			c = substr(path, i, 1)
			text = text (c == tolower(c) ? c : "!" tolower(c))
		}
		return text
	}
	function finish() {
		if (path == "") return
		name = path "@" version
		if (path in own) print "context", path, own[path]
		else if (version == "(devel)" || version == "") print "unknown", path, "."
		else if (vendor != "") print "vendor", name, original
		else print "cache", name, escaped(path) "@" version
		path = ""
	}
	BEGIN { OFS = FS }
	FILENAME == ARGV[1] { own[$1] = $2; next }
	$2 == "mod" || $2 == "dep" { finish(); path = original = $3; version = $4 }
	$2 == "=>" && $3 !~ /^\.?\.?\// { path = $3; version = $4 }
	END { finish() }
' "$GOBUILD_LISTS/directories" "$info" | sort -u >"$linked"

if [ "${GOBUILD_VENDOR:-}" ]; then
	sed -n 's/^# \([^ ]*\) .*/\1/p' "$GOBUILD_VENDOR/modules.txt" >"$vendored"
fi
while IFS=$tab read -r kind name directory; do
	case $kind in
	context) of_context "$name" "$directory" ;;
	vendor) of_vendor "$directory" "$name" ;;
	cache) of_cache "$directory" "$name" ;;
	unknown) echo "gobuild: $name has no version, so its licence files are not found" >&2 ;;
	esac
done <"$linked"

version=$(sed -n 's/^[^	].*: go\([0-9][^ ]*\).*/\1/p' "$info" | head -n 1)
root=$(go env GOROOT)
(cd "$root" && find . -maxdepth 1 -type f) | sed 's|^\./||' | only >"$taken"
take "go@$version" "$root"

find "$output" -type d -exec chmod 755 {} +
find "$output" -type f -exec chmod 644 {} +

# For each module that is not the repository's own, and then for each of its files: a line with the size of what follows, the
# module and the file.
if [ "${GOBUILD_INDEX:-}" ]; then
	while IFS=$tab read -r kind name directory; do
		[ "$kind" != context ] || continue
		printf '0\t%s\t\n' "$name"
		[ -d "$output/$name" ] || continue
		cd "$output/$name"
		find . -type f | sed 's|^\./||' | sort | while IFS= read -r file; do
			size=$(wc -c <"$file")
			printf '%s\t%s\t%s\n' "$((size))" "$name" "$file"
			cat "$file"
		done
	done <"$linked" >"$GOBUILD_INDEX/index"
fi
