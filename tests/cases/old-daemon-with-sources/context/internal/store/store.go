package store

import _ "embed"

//go:embed schema.sql migrations/*.sql
var X string
