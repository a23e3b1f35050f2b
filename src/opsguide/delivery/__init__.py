"""Delivery: environments, pipeline, releases."""
