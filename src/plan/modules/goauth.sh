# Tells Go who it is where, by the beginning of URLs (`go help goauth`): what access.sh has written.
cat /tmp/gobuild.goauth
