"""Who calls, what they may do, and what of a person they may see."""
