"""Telling people: over apprise, one message at a time, with a plain word on what came of it."""
