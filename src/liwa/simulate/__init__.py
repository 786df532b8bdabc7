"""A make-believe campus that writes the same standard files a real one would."""
