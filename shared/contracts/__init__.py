"""Pure data: names, states, ids and manifests. Imports neither a database nor a broker nor a web framework."""
