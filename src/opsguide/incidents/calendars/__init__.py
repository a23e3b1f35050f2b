"""Shifts that are kept in a calendar elsewhere (RFC 5545): read, matched to people, part of the rotation."""
