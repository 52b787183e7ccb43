"""The network, from pixels to probabilities and evidence maps. Pure: no database, object store, queue or settings."""
