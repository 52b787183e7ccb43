"""A clinic's cases as lists: filtered, page by page, and the line of one lesion through time."""
