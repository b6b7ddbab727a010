// Package web has the assets, which are made before it is compiled.
package web

import _ "embed"

// Script is all of them in one.
//
//go:embed dist/app.js
var Script string
