"""Codes that a clinic shows to a patient, who enrols a device by one of them."""
