"""From where a request comes, under a name that is kept, and what the access log was told of it already."""
