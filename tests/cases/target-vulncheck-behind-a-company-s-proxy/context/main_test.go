package main

import (
	"testing"

	"example.com/assert"
)

func TestMain(t *testing.T) { assert.True(t, true) }
