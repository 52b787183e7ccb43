"""The one renderer: evidence maps as pictures. Pillow only, so that the gateway draws what the worker draws."""
