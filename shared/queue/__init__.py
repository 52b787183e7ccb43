"""Doorbells over Celery. A message says that there is work; it never carries any."""
