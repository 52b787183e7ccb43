"""What a model folder is worth on labelled photos: one report as JSON and as a page, made by the inference engine."""
