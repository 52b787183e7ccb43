"""The only HTTP server. It accepts photos, answers questions and never computes a probability."""
