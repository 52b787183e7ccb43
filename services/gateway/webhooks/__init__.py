"""A clinic's webhook endpoints: where it wants to be called, what about, and by which secret it knows us."""
