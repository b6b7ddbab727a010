package lib

import _ "example.com/far"
