"""All that is stored of one subject: sent to its clinic, or erased."""
