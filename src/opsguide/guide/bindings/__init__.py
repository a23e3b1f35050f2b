"""Where the promised things are: `opsguide.toml`, beside the guide.

`read_bindings` turns text into Bindings or diagnostics, `check_against` holds them to a guide, `unbound` says
what is missing, `resolve` opens a reference, `public` leaves out what must not stand on the ledger.
"""

from .against import check_against
from .limits import parse_limit
from .model import (
    Bindings,
    Channel,
    EnvironmentBinding,
    Heartbeat,
    Limit,
    Paging,
    Person,
    Reference,
    Serve,
    Team,
)
from .names import built_in, handle, service_name, severities, severity_of, signal_names
from .public import WITHHELD, public
from .reader import read_bindings
from .references import resolve
from .unbound import BUILT_IN_SIGNALS, NOT_KEPT_YET, Missing, unbound

__all__ = [
    "BUILT_IN_SIGNALS",
    "NOT_KEPT_YET",
    "WITHHELD",
    "Bindings",
    "Channel",
    "EnvironmentBinding",
    "Heartbeat",
    "Limit",
    "Missing",
    "Paging",
    "Person",
    "Reference",
    "Serve",
    "Team",
    "built_in",
    "check_against",
    "handle",
    "parse_limit",
    "public",
    "read_bindings",
    "resolve",
    "service_name",
    "severities",
    "severity_of",
    "signal_names",
    "unbound",
]
