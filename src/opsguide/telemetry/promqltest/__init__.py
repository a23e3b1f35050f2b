"""Runs the reference engine's test scripts against the embedded one: `python -m opsguide.telemetry.promqltest FILES`.

The format: promql/promqltest/README.md of prometheus/prometheus. `script` reads it, `running` runs it.
"""
