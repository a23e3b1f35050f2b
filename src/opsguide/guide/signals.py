"""What is known of signals: which ones the contract names, which side of a limit is the good one, in which units."""

from .quantities import Measure, Op

ENUMERATED = frozenset(
    {
        "availability",
        "response_time",
        "error_rate",
        "lcp",
        "cls",
        "fid",
        "inp",
        "pool_utilisation",
        "query_time",
    }
)
"""Signals that the contract names; all others stand as the guide writes them."""

_HIGHER_IS_BETTER = frozenset(
    {"free_space", "availability", "success_rate", "throughput", "certificate_expiry", "error_budget"}
)
_LOWER_IS_BETTER = frozenset(
    {
        *(
            "response_time",
            "error_rate",
            "lcp",
            "cls",
            "fid",
            "inp",
            "fcp",
            "ttfb",
            "pool_utilisation",
            "query_time",
        ),
        *("cpu", "memory", "disk", "queue", "connections", "replication_lag", "lock_contention", "freshness"),
        *("downtime", "crash_rate", "saturation"),
    }
)


def target_side(term: str | None, op: Op | None) -> bool | None:
    """True when `op` is how a signal should stand, False when it is how it should not, None if nobody can tell."""
    if op is None or op == "==" or term is None:
        return None
    if term in _HIGHER_IS_BETTER:
        return op in (">", ">=")
    if term in _LOWER_IS_BETTER:
        return op in ("<", "<=")
    return None


def usual_op(term: str | None, level: str) -> Op | None:
    """How a signal must stand to an amount that comes without a comparator: its good side, or past it for alerts."""
    if term in _HIGHER_IS_BETTER:
        return ">=" if level == "target" else "<"
    if term in _LOWER_IS_BETTER:
        return "<=" if level == "target" else ">"
    return None


def fits(term: str | None, measure: Measure) -> bool:
    """Can the signal be measured in this unit? `99.9 %` of response time cannot."""
    ratios = {"availability", "error_rate", "success_rate", "pool_utilisation", "crash_rate", "error_budget"}
    times = {
        "response_time",
        "query_time",
        "lcp",
        "fid",
        "inp",
        "fcp",
        "ttfb",
        "replication_lag",
        "freshness",
    }
    if term in ratios:
        return measure.unit == "ratio" or (measure.unit == "count" and term != "availability")
    if term in times:
        # Nothing is served in minutes: `response time < 10 min` is about people.
        return measure.unit == "seconds" and (measure.value < 60 or term in ("replication_lag", "freshness"))
    if term == "cls":
        return measure.unit in ("count", "ratio")
    return True
