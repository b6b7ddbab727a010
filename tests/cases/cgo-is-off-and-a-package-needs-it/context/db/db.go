package db

// int x;
import "C"
