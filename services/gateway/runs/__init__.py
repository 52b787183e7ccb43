"""Reading runs: each pass of a model over a case."""
