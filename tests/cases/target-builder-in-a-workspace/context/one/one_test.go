package one

import _ "testing"
