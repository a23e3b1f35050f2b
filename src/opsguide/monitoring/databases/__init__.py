"""Databases of the service, watched through the statistics that they keep of themselves."""
