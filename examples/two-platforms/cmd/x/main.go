// X prints an id and the platform, for a look from the command line.
package main

import (
	"fmt"

	"github.com/google/uuid"

	"example.com/two-platforms/server/internal/platform"
)

func main() {
	fmt.Println(uuid.New(), platform.Name())
}
