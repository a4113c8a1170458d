"""Passing theme meetings on: a municipality's share links for its schools and day care."""
