package store

import _ "example.com/app/internal/win"
