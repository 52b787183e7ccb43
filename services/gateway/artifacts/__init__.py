"""Pictures of a result: the stored photo, the map and what is drawn from it."""
