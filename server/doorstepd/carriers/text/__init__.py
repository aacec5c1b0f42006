"""Understanding trace sentences: a lexicon that is data, and few rules over it."""

from doorstepd.carriers.text.hygiene import clean
from doorstepd.carriers.text.reading import Reading, read, read_cleaned

__all__ = ["Reading", "clean", "read", "read_cleaned"]
