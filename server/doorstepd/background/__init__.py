"""What runs with no caller."""
