"""The service desk: what customers looked up, and what they were told."""
