package api

func Hello() {}
