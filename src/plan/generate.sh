# Runs the commands of a generate step and keeps what it made.
#
# Arguments: for each command the number of its words, and the words. Reads from GOBUILD_LISTS: `step`, what people know
# the commands as; `workdir`, where they run; `secrets`, what they are given in /run/secrets; `outputs`, for each a line with the path where it is left and one with the
# path where it belongs. Starts where the files are and leaves the outputs in GOBUILD_OUTPUT. For sh of any kind and busybox.
set -eu

fail() {
	printf 'gobuild: `%s` %s\n' "$(cat "$GOBUILD_LISTS/step")" "$1" >&2
	exit 1
}

# The words go round once, and those of the other commands are dropped. `exec` knows programs only, no words of a shell.
run() {
	count=$1 left=$(($# - 1))
	shift
	while [ $left -gt 0 ]; do
		word=$1
		shift
		if [ $count -gt 0 ]; then
			set -- "$@" "$word"
		fi
		count=$((count - 1)) left=$((left - 1))
	done
	(exec "$@")
}

lost=
while IFS= read -r secret; do
	if [ ! -e "/run/secrets/$secret" ]; then
		variable=$(printf %s "$secret" | tr 'a-z.-' 'A-Z__')
		lost="$lost \`--secret id=$secret,env=$variable\`"
	fi
done <"$GOBUILD_LISTS/secrets"
[ -z "$lost" ] || fail "has no secret that it wants; add$lost to the build command"

files=$(pwd)
workdir=$(cat "$GOBUILD_LISTS/workdir")
[ -d "./$workdir" ] || fail "cannot run in \`$workdir\`: its files have no such directory"
cd "./$workdir"
while [ $# -gt 0 ]; do
	run "$@"
	shift $(($1 + 1))
done

cd "$files"
missing=
while IFS= read -r from && IFS= read -r to; do
	target=$GOBUILD_OUTPUT/$to
	if [ -d "./$from" ] && [ ! -h "./$from" ]; then
		mkdir -p "$target"
		cp -RPp "./$from/." "$target/"
	elif [ -e "./$from" ] || [ -h "./$from" ]; then
		mkdir -p "$(dirname "$target")"
		cp -Pp "./$from" "$target"
	else
		missing="$missing \`$from\`"
	fi
done <"$GOBUILD_LISTS/outputs"
[ -z "$missing" ] || fail "did not make$missing, which its \`outputs\` name"
