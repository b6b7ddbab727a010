# Finds the C compiler for the platform and becomes the command that follows.
#
# Arguments: the command. Reads GOARCH and GOARM, and CC and CXX where somebody has chosen; GOBUILD_LINKING is `static`,
# `static-pie` or `dynamic`. Where GOBUILD_USES_C names a folder, it leaves there which packages of
# GOBUILD_LISTS/programs, and of what they import, use C. For sh of any kind and busybox.
set -euf

# What compilers and packages call the platform.
abi=gnu
case $GOARCH in
386) machine=i686 ;;
amd64) machine=x86_64 ;;
arm)
	machine=arm abi=gnueabihf
	case ${GOARM:-7} in 5* | *softfloat) abi=gnueabi ;; esac
	;;
arm64) machine=aarch64 ;;
loong64) machine=loongarch64 ;;
mips64) machine=mips64 abi=gnuabi64 ;;
mips64le) machine=mips64el abi=gnuabi64 ;;
mipsle) machine=mipsel ;;
ppc64) machine=powerpc64 ;;
ppc64le) machine=powerpc64le ;;
*) machine=$GOARCH ;;
esac
package=$(echo "gcc-$machine-linux-$abi" | tr _ -)

# With musl a static program has everything in it; glibc wants to load parts of itself. The wrapper musl-gcc knows
# nothing of a static pie, and makes one that asks for a loader.
if [ "$(go env GOHOSTARCH)" = "$GOARCH" ]; then
	cross=
	candidates='gcc cc clang'
	[ "$GOBUILD_LINKING" != static ] || candidates="musl-gcc $candidates"
else
	cross=1
	candidates="$machine-linux-$abi-gcc"
	[ "$GOBUILD_LINKING" = dynamic ] || candidates="$machine-linux-musl${abi#gnu}-gcc $candidates"
fi

if [ -n "${CC:-}" ]; then
	if ! command -v "${CC%% *}" >/dev/null; then
		echo "gobuild: the builder image has no \`${CC%% *}\`, which \`build.env\` names as CC" >&2
		exit 1
	fi
else
	for candidate in $candidates; do
		if command -v "$candidate" >/dev/null; then
			CC=$candidate
			break
		fi
	done
	if [ -z "${CC:-}" ]; then
		echo "gobuild: the builder image has no C compiler for linux/$GOARCH; it was looked for as: $candidates" >&2
		if [ -n "$cross" ]; then
			echo "gobuild: write \`builder:\` with an image that has one (Debian: $package), or name yours: \`build.env.CC\`" >&2
		else
			echo "gobuild: write \`builder:\` with an image that has one (Debian: gcc libc6-dev, or musl-tools; Alpine: gcc musl-dev), or name yours: \`build.env.CC\`" >&2
		fi
		exit 1
	fi
	export CC
	case $CC in
	*gcc)
		if [ -z "${CXX:-}" ] && command -v "${CC%gcc}g++" >/dev/null; then
			export CXX="${CC%gcc}g++"
		fi
		;;
	esac
fi

if [ -n "${GOBUILD_USES_C:-}" ]; then
	go list -e -deps $GOBUILD_LIST_FLAGS -f '{{if and .CgoFiles (ne .ImportPath "runtime/cgo")}}{{.ImportPath}}{{end}}' \
		$(cat "$GOBUILD_LISTS/programs") >"$GOBUILD_USES_C/packages"
fi
exec "$@"
