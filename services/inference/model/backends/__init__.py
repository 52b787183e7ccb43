"""Ways to run the body of the network."""
