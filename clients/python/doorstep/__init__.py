"""Python client of the doorstep parcel tracking service."""
