"""Whom the server takes a caller for."""
