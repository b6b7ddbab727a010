package main

import _ "golang.org/x/text/width"
