package store

import _ "example.com/app/gen/pb"

func Open() {}
