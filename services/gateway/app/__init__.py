"""The phone app in a browser, under `/app`, where it was built. It uses the public API; it has no rights of its own."""
