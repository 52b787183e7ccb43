"""Bytes in an S3-compatible store. Knows keys and bytes, nothing of cases or pictures."""
