"""Callers that wait for a case to change: in which they hold neither a thread nor a connection to the database."""
