"""`doorstepd normalise`."""


def normalise() -> None:
    """To be written."""
