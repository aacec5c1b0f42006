"""Parcels: the words for their states, the events that happen to them, and what follows from those."""
