# Tries again what Go gives up on at the first fault of the network. To be sourced, by sh of any kind and busybox.
#
# Whoever sources it has two functions: `fetch`, which leaves what it had to say in $log and $failed if it failed, and
# `verdict`, which says `done`, `again` or `never`; and perhaps `refused`, the advice where nobody is let in. What an attempt has fetched the next one finds in GOMODCACHE.
log=/tmp/log failed=/tmp/failed

# What no second attempt makes good: somebody else's files, closed doors, a sum that is wrong.
untrusted='checksum mismatch|SECURITY ERROR'
closed='terminal prompts disabled|could not read (Username|Password)|Authentication failed|HTTP Basic: Access denied'
closed="$closed|Host key verification failed|Permission denied|host key is known|No such host is known"
closed="$closed|: 40[134] |: 410 Gone|The requested URL returned error: 40|[Rr]epository .*not found"
closed="$closed|x509: |SSL certificate|server certificate verification|executable file not found"
# What Go cannot know without go.sum it may not need; if it does, the compile step fails, and says it better.
settled='missing go.sum entry|updates to go\.|requires go |errors parsing|unknown revision|invalid version'

advise() {
	echo "gobuild: $1" >&2
}

# What to write, for those who do not know Go's words for it.
hint() {
	if grep -q 'Host key verification failed' "$log"; then
		advise 'an SSH server has another key than `known-hosts` of its host in `modules.private` says, or that it has published. Compare what `ssh-keyscan HOST` prints with what its owner publishes, and write it there.'
	elif grep -Eq 'x509: |SSL certificate|server certificate verification' "$log"; then
		advise 'a server is not trusted. If its certificate is of a company, write `modules.ca: corp_ca` and add `--secret id=corp_ca,src=ca.pem` to the build command.'
	elif grep -Eq "$closed" "$log"; then
		if [ -n "${refused-}" ]; then
			advise "$refused"
		elif [ -e "$GOBUILD_LISTS/access.list" ]; then
			advise 'a module is not to be had. Does `modules.private` name its host, and may the token, netrc or key that was given read it?'
		else
			advise 'a module is not to be had. If it is private, name its host in `modules.private`, with `token`, `netrc` or `ssh`.'
		fi
	fi
}

# What has arrived, as a number that only grows.
arrived() {
	mkdir -p "$GOMODCACHE/cache/download"
	find "$GOMODCACHE/cache/download" \( -name '*.info' -o -name '*.mod' -o -name '*.zip' \) | wc -l
}

# Four times, counted anew while every attempt brings something.
attempts() {
	attempt=1 had=$(arrived)
	while :; do
		rm -f "$failed"
		fetch "$@"
		case $(verdict) in
		done) return ;;
		never) break ;;
		esac
		has=$(arrived)
		[ "$has" = "$had" ] || attempt=1
		[ $attempt != 4 ] || break
		advise "the network failed; trying again in $((attempt * attempt)) s"
		sleep $((attempt * attempt))
		attempt=$((attempt + 1)) had=$has
	done
	hint
	exit 1
}

# Before anything of it is used or thrown away.
verify() {
	[ -z "${GOBUILD_VERIFY-}" ] || go mod verify >&2
}
