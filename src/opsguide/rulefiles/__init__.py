"""Prometheus' rule files: read, run on the engine beside the guide's own rules, shown, and tested."""
