"""How often a key and an address may call. A limit protects the others; a broken one must never cost a photo."""
