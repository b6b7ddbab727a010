package deep

var X = 1
