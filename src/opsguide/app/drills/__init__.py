"""Drills in the running service: samples that break a promise, and the faces of it all."""
