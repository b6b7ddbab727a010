//go:build windows

package main

import _ "example.com/far/pkg"
