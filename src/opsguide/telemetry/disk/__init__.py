"""Samples on the disk: a write-ahead log for the newest, immutable compressed blocks for the rest (ADR 0010)."""
