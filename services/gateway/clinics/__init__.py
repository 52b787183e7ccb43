"""Clinics and their keys: who calls, and what they may do."""
