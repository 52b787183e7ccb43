"""Accepting a photo: from the first header of the request to the commit behind the 202."""
