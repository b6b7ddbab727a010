package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Println("payments, logging as", os.Getenv("LOG_FORMAT"), "as user", os.Getuid())
}
