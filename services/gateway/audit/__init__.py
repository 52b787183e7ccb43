"""Whether the record adds up, for operators."""
