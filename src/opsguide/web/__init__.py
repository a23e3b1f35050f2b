"""The shell of console and API: layout, components, errors, live stream. Knows no chapter."""
