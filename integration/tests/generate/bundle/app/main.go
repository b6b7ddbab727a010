// Command bundle prints the assets that it was built with.
package main

import (
	"fmt"

	"example.com/bundle/web"
)

func main() {
	fmt.Print(web.Script)
}
