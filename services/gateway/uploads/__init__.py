"""Photos that go straight to the store, and from there into a case, once."""
