"""Feeds: what is listened for or fetched, and becomes an input of a source."""
