# Makes what the client has given known to git and to Go. For sh of any kind and busybox.
#
# Reads GOBUILD_LISTS/access.list, a line for each: what it is, where it is mounted, for which host, for which user (`-` for
# nobody), and how the client is told to give it. Writes below /tmp, which is memory and ends with the step. Invariant:
# what is secret is read by this shell and by git, Go and ssh; it is in no argument, no variable and no output.
set -euf
umask 077
lost=

complain() {
	echo "gobuild: $1" >&2
	lost=1
}

# One word, or nothing.
word_of() {
	word=$(cat "$1")
	case $word in
	'' | *[![:graph:]]*) return 1 ;;
	esac
}

while read -r program; do
	command -v "$program" >/dev/null ||
		complain "the builder has no \`$program\`, which private modules need; remove \`builder\`, or name an image that has it, like \`golang:1.26\`"
done <"$GOBUILD_LISTS/programs.list"
while read -r kind mount host user flag; do
	if [ "$kind" = ssh ]; then
		[ -S "$mount" ] || complain "$host: SSH agent not found; add \`$flag\` to the build command"
		continue
	elif [ ! -e "$mount" ]; then
		complain "$host: secret not found; add \`$flag\` to the build command"
		continue
	elif [ ! -s "$mount" ]; then
		complain "$host: the secret is empty; see \`$flag\` of the build command"
		continue
	fi
	case $kind in
	token)
		if word_of "$mount"; then
			# For what Go asks itself: a proxy, or where a repository is; in two forms for two ages of it. Git asks token.sh.
			printf 'https://%s\n\nAuthorization: Basic %s\n\n' "$host" \
				"$(printf '%s:%s' "$user" "$word" | base64 | tr -d '\n')" >>/tmp/gobuild.goauth
			printf 'machine %s\nlogin %s\npassword %s\n' "${host%%/*}" "$user" "$word" >>"$NETRC"
		else
			complain "$host: the secret is more than a token, which is one word; see \`$flag\` of the build command"
		fi
		;;
	netrc)
		# Go has a file of its own, since git would take the first token for a host, whatever the path.
		{ cat "$mount" && echo; } | tee -a "$HOME/.netrc" >>"$NETRC"
		;;
	ca)
		if ! grep -q 'BEGIN CERTIFICATE' "$mount"; then
			complain "\`modules.ca\`: the secret has no certificate in PEM form; see \`$flag\` of the build command"
			continue
		fi
		for bundle in "${GOBUILD_CERTIFICATES-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
			if [ -s "$bundle" ]; then
				cat "$bundle"
				break
			fi
		done >"$SSL_CERT_FILE"
		{ echo && cat "$mount"; } >>"$SSL_CERT_FILE"
		;;
	esac
done <"$GOBUILD_LISTS/access.list"
[ -z "$lost" ] || exit 1
if [ -e "$GOBUILD_LISTS/git.config" ]; then
	cp "$GOBUILD_LISTS/git.config" "$HOME/.gitconfig"
fi
