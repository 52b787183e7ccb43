"""Figures of the whole record, for metrics: of all clinics together, and of nobody in particular."""
