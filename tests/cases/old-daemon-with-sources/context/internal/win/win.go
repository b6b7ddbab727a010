package win
