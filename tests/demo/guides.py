"""Two guides that say the same in different shapes and languages, for what works on any guide."""

ENGLISH = """\
# Operations

## Alerts

```yaml
alerts:
  high_error_rate:
    condition: error_rate > 5%
    duration: 5m
    severity: critical

  slow_response_time:
    condition: p95_response_time > 500ms
    duration: 2m
    severity: warning

  database_connections:
    condition: active_connections > 80%
    duration: 1m
    severity: warning
```

## The database

- Lock contention is kept to a minimum.

## Severity levels

1. **Critical**: System down, data loss, security breach
2. **High**: Major feature broken
3. **Medium**: Minor feature issues

## Response times (SLA)

- **Critical**: 15 minutes acknowledgment, 2 hours resolution
- **High**: 1 hour acknowledgment, 8 hours resolution
- **Medium**: 4 hours acknowledgment, 24 hours resolution

## On-call rotation

```yaml
primary_oncall: "@core-platform"
secondary_oncall: "@core-frontend"
```
"""

TABLE = """\
# Runbook\r
\r
## Severities\r
\r
| Severity | Definition | Acknowledge within | Resolve within |\r
|---|---|---|---|\r
| SEV1 | Everything is down | 15 min | 4 h |\r
| SEV2 | A feature is broken | 30 min | 1 day |\r
"""
