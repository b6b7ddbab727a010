// Command linked is made of packages of two modules; a third is required and not linked.
package main

import (
	"fmt"

	"github.com/BurntSushi/toml"
	"golang.org/x/sync/errgroup"
)

func main() {
	var group errgroup.Group
	fmt.Println(toml.Unmarshal(nil, new(any)), group.Wait())
}
