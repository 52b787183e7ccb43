"""Devices of patients: enrolled by a code, kept signed in by tokens that change, ended by either side."""
