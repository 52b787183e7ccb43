"""Backup of record and store into a folder, and the way back. A command line; no service runs it by itself."""
