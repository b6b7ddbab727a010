package main

import "golang.org/x/sync/errgroup"

func main() { _ = errgroup.Group{} }
