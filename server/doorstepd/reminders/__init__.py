"""The bell: whether and why a recipient is told that the courier is near. Pure rules; the clock is an argument."""
