"""Sends signed webhooks: claims deliveries from Postgres as inference claims runs, one thread a request."""
