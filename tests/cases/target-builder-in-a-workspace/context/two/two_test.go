package two

import _ "testing"
