"""`doorstepd explain`."""


def explain() -> None:
    """To be written."""
