"""A Prometheus-compatible engine elsewhere: asked over its HTTP API, and told opsguide's own samples."""
