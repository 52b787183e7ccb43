"""Campaigns: stored cases run on another model. Planned, run, compared, promoted and rolled back."""
