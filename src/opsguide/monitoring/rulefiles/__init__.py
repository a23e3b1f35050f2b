"""Alerts of Prometheus' rule files on the ledger: transitions, what they open, and how they are."""
