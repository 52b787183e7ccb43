"""What happened to a case, as a list or as a stream."""
