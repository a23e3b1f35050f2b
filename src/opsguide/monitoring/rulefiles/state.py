"""The alerts of rule files that are not inactive."""

import hashlib
from functools import lru_cache

from msgspec import Struct, field
from msgspec.json import encode

from ...kernel.clock import Instant


class Instance(Struct, frozen=True):
    """One alert: since when its condition holds, whether it fires, and since when it only does by `keep_firing_for`."""

    labels: dict[str, str]
    active_at: Instant
    firing: bool = False
    kept_since: Instant | None = None

    @property
    def severity(self) -> str:
        return self.labels.get("severity", "")


class RuleStatus(Struct):
    """The alerts of one rule by the digest of their labels."""

    alert: str
    instances: dict[str, Instance] = field(default_factory=dict)

    def alerts(self, severity: str) -> list[Instance]:
        """Those of a severity that fire."""
        return [one for one in self.instances.values() if one.firing and one.severity == severity]

    def firing(self) -> dict[str, int]:
        """How many fire, by severity."""
        found: dict[str, int] = {}
        for one in self.instances.values():
            if one.firing:
                found[one.severity] = found.get(one.severity, 0) + 1
        return found


class RuleFailure(Struct, frozen=True):
    """A rule that cannot be evaluated: since when, and why at first."""

    name: str
    problem: str
    since: Instant


@lru_cache(20_000)
def digest(labels: tuple[tuple[str, str], ...]) -> str:
    """The id of an alert, by its labels in the order of their names."""
    return hashlib.sha256(encode(labels)).hexdigest()[:16]
