"""The registry of models, as far as callers meet it."""
