package store

import "golang.org/x/text/language"

func Open() language.Tag { return language.English }
