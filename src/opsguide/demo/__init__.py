"""The demo: a small real shop, visitors, and opsguide watching it through the example guide."""
