package main

import (
	"fmt"

	"example.com/app/internal/store"
	"example.com/lib/deep"
	"golang.org/x/sync/errgroup"
)

func main() { fmt.Println(store.X, deep.X, errgroup.Group{}) }
