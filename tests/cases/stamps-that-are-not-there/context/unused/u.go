package unused

var version string
