"""Erasing a case for good."""
