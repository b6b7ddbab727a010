of an earlier build
