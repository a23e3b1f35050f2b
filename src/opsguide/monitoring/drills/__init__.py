"""Drills: a synthetic breach of a promise through detection, incident and page."""
