"""Harbour, a small web shop in its own process: HTTP, SQLite behind a pool, `/metrics`, real faults."""
