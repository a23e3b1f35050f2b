"""Alertmanager's webhook, version 4 (prometheus.io/docs/alerting/latest/configuration, webhook_config), and Grafana's,
which has the same shape and more fields.
"""

import msgspec
from msgspec import Struct, field

from ...guide.bindings import Source
from .told import MOST_AT_ONCE, Told, Unreadable


class _Alert(Struct):
    status: str
    labels: dict[str, str]
    annotations: dict[str, str] = field(default_factory=dict)
    fingerprint: str = ""


class _Message(Struct, rename="camel"):
    alerts: list[_Alert]
    group_key: str = ""
    truncated_alerts: int = 0


def read(body: bytes, _source: Source) -> list[Told]:
    """One trouble an alert; those that Alertmanager notified together are one incident. Raises Unreadable."""
    try:
        message = msgspec.json.decode(body, type=_Message)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from None
    if not message.alerts:
        raise Unreadable("`alerts` is empty: nothing was told")
    if len(message.alerts) > MOST_AT_ONCE:
        raise Unreadable(f"{len(message.alerts)} alerts at once are more than {MOST_AT_ONCE}: set max_alerts")
    return [_told(alert, message) for alert in message.alerts]


def _told(alert: _Alert, message: _Message) -> Told:
    if alert.status not in ("firing", "resolved"):
        raise Unreadable(f"`status` is {alert.status!r}, neither firing nor resolved")
    name = alert.labels.get("alertname", "")
    said = alert.annotations
    title = said.get("summary") or said.get("message") or name
    more = f"; {message.truncated_alerts} more were left out" if message.truncated_alerts else ""
    reason = (said.get("description") or said.get("message") or title) + more
    return Told(
        key=alert.fingerprint or _identity(alert.labels),
        happened="begun" if alert.status == "firing" else "over",
        title=title,
        reason=reason if alert.status == "firing" else "",
        severity=alert.labels.get("severity"),
        labels={**alert.labels, **({"alert": name} if name else {})},
        runbook=said.get("runbook_url", ""),
        group=message.group_key,
    )


def _identity(labels: dict[str, str]) -> str:
    """Old senders give no fingerprint: the labels are the alert."""
    return ",".join(f"{name}={value}" for name, value in sorted(labels.items()))
