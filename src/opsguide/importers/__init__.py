"""What another tool knows of people, schedules and escalation, brought into opsguide.toml, with a report of the rest.

Each tool has a reader (`pagerduty`, `opsgenie`, `grafana_oncall`, `alertmanager`) that gives the same model; `draft`
makes the bindings of it, `report` says what was taken over, approximated, or has no equal here.
"""
