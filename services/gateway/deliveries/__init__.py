"""What became of each event on its way to a webhook endpoint, and sending it again."""
