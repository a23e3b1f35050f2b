"""Other thresholds on stored samples: which alerts, pages and budget they would have given."""
