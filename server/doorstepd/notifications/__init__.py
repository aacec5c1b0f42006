"""Notices: one reminder on one channel."""
