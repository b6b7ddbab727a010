// Package lib.
package lib
