"""A file of targets, in the format that Prometheus' file-based service discovery has: JSON, or YAML, which holds JSON.

prometheus.io/docs/prometheus/latest/configuration/configuration: a list of `targets` (host:port) with `labels`. Of the
labels for relabelling, `__scheme__` and `__metrics_path__` are understood; others with two underscores are left out.
"""

import re
from typing import Any

import yaml
from msgspec import Struct

MOST = 1000

_ADDRESS = re.compile(r"[^\s/?#@]+")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


class Target(Struct, frozen=True):
    """One address to scrape. `labels` stand on every sample of it."""

    url: str
    labels: dict[str, str]


class TargetsError(ValueError):
    """A file of targets cannot be read. The message says where and why."""


def read_targets(text: str, environment: str) -> tuple[Target, ...]:
    """Every target of the file, each address once. Raises TargetsError."""
    try:
        groups = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark is not None else "somewhere"
        raise TargetsError(f"{where}: it is neither JSON nor YAML") from None
    if not isinstance(groups, list):
        raise TargetsError("it is no list of groups, each with targets and labels")
    found: dict[str, Target] = {}
    for place, group in enumerate(groups, 1):
        for target in _group(group, f"group {place}", environment):
            found.setdefault(target.url, target)
    if len(found) > MOST:
        raise TargetsError(f"it has more than {MOST} targets")
    return tuple(found.values())


def _group(group: Any, where: str, environment: str) -> list[Target]:
    if not isinstance(group, dict) or not isinstance(group.get("targets"), list):
        raise TargetsError(f"{where}: targets are missing")
    labels = group.get("labels") or {}
    if not isinstance(labels, dict):
        raise TargetsError(f"{where}: labels are no table")
    for name in labels:
        if not isinstance(name, str) or not _LABEL.fullmatch(name):
            raise TargetsError(f"{where}: {name!r} is no name of a label")
    scheme, path = str(labels.get("__scheme__", "http")), str(labels.get("__metrics_path__", "/metrics"))
    if scheme not in ("http", "https") or not path.startswith("/"):
        raise TargetsError(f"{where}: __scheme__ is http or https, and __metrics_path__ begins with /")
    own = {name: str(value) for name, value in labels.items() if not name.startswith("__")}
    found = []
    for address in group["targets"]:
        if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
            raise TargetsError(f"{where}: {address!r} is no address: write host:port")
        base = {"job": "scrape", "instance": address, "environment": environment}
        found.append(Target(f"{scheme}://{address}{path}", {**base, **own}))
    return found
