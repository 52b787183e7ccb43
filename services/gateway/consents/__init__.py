"""Consent: recorded before a photo is looked at, and withdrawn."""
