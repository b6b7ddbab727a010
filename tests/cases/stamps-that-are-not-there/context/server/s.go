package server

var version string
