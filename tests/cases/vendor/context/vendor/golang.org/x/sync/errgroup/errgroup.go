package errgroup
