"""The operator's console: pages that the gateway renders, over the same services as the API."""
