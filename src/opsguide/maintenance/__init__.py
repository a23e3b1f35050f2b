"""Maintenance: windows and emergencies."""
