"""Trains, evaluates, calibrates and exports models: a command line for whoever has photos with labels."""
