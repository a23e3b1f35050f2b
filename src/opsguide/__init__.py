"""opsguide runs your operations guide."""

__version__ = "0.1.0"
