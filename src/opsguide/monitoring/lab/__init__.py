"""Pages that are loaded in a browser on a schedule: what was measured, how long it counts."""
