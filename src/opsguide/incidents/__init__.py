"""Incidents: severities, clocks, on-call, escalation, pages."""
