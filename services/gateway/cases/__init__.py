"""Reading cases: one, or a clinic's history."""
