"""PromQL, parsed and evaluated over windows of samples, with Prometheus 3 semantics."""
