# Compares a program with the vulnerabilities that a database knows, and tells of those that it calls.
#
# Arguments: `fail`, or `report` where what is found is no failure; the database; the rest is for govulncheck, which
# is /govulncheck/govulncheck. Leaves reports in GOBUILD_OUTPUT. For sh of any kind and busybox.
set -eu
[ ! -e "$GOBUILD_LISTS/access.sh" ] || sh "$GOBUILD_LISTS/access.sh"
findings=$1 database=$2 found=0
shift 2
report="$GOBUILD_OUTPUT/vulncheck"
/govulncheck/govulncheck -db "$database" -format json "$@" >"$report.json"
/govulncheck/govulncheck -mode convert -format sarif <"$report.json" >"$report.sarif"
/govulncheck/govulncheck -mode convert <"$report.json" >"$report.txt" || found=$?
cat "$report.txt"
case $found-$findings in
0-* | 3-report) ;;
# What govulncheck ends with if the program calls something vulnerable.
3-*) exit 1 ;;
*) exit "$found" ;;
esac
