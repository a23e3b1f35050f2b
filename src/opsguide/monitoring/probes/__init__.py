"""Probes: what is asked from the service and from other regions, jobs that report by themselves, and what follows."""
