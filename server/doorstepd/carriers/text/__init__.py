"""Understanding trace sentences: a lexicon that is data, and few rules over it."""

from doorstepd.carriers.text.hygiene import clean
from doorstepd.carriers.text.reading import Reading, read

__all__ = ["Reading", "clean", "read"]
