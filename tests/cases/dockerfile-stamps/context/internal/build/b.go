package build

var Tag = "none"
