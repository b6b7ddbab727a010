package web

import _ "embed"

//go:embed dist/app.js
var Dist string
