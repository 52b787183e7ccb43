"""Who did what, for operators."""
