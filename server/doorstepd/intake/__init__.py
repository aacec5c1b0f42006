"""The write paths, one story a file. Each is one transaction; the world is told after it has committed."""
