"""The inference worker: claims runs, reads photos, classifies, explains, stores."""
