"""Logs that a machine can read and that hold nothing personal."""
