"""Recorded rounds run through the position and bell rules faster than real time, and scored against the truth."""
