# Tells git the password for a host: git calls it with the name of a secret's file and what it wants to do.
[ "$2" = get ] || exit 0
printf 'password=%s\n' "$(cat "$1")"
