"""Monitoring: probes, alerts, objectives, databases."""
