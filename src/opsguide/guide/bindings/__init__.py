"""Where the promised things are: `opsguide.toml`, beside the guide.

`read_bindings` turns text into Bindings or diagnostics, `check_against` holds them to a guide, `unbound` says
what is missing, `resolve` opens a reference, `public` leaves out what must not stand on the ledger.
"""

from .against import check_against
from .drilling import Drills
from .lab import LabBinding
from .limits import parse_limit
from .model import (
    Bindings,
    BurnRate,
    Channel,
    Database,
    EnvironmentBinding,
    Group,
    Heartbeat,
    Incidents,
    Inhibit,
    Layer,
    Limit,
    Monitoring,
    Notify,
    OnCall,
    Override,
    Paging,
    Person,
    Reference,
    Rotation,
    Serve,
    Source,
    SourceMap,
    Storage,
    Team,
    TelemetryBinding,
    Vitals,
)
from .names import (
    behind,
    built_in,
    environments,
    handle,
    is_availability,
    service_name,
    severities,
    severity_of,
    signal_names,
)
from .parts import WHOLE, Scoped, counted_as, every_of, keys_of, main_of, part_of, place_of, uptime_of
from .probing import LOCAL, Expect, ProbeBinding, RegionBinding, quorum_of, regions_of
from .public import WITHHELD, public
from .reader import adopted_bindings, read_bindings
from .references import resolve
from .schema import FILE as SCHEMA_FILE
from .schema import schema
from .status_page import StatusPage
from .unbound import (
    BUILT_IN_SIGNALS,
    NOT_KEPT_YET,
    OF_LABS,
    Missing,
    has_amount,
    unbound,
    wants_live_updates,
)

__all__ = [
    "BUILT_IN_SIGNALS",
    "LOCAL",
    "NOT_KEPT_YET",
    "OF_LABS",
    "SCHEMA_FILE",
    "WHOLE",
    "WITHHELD",
    "Bindings",
    "BurnRate",
    "Channel",
    "Database",
    "Drills",
    "EnvironmentBinding",
    "Expect",
    "Group",
    "Heartbeat",
    "Incidents",
    "Inhibit",
    "LabBinding",
    "Layer",
    "Limit",
    "Missing",
    "Monitoring",
    "Notify",
    "OnCall",
    "Override",
    "Paging",
    "Person",
    "ProbeBinding",
    "Reference",
    "RegionBinding",
    "Rotation",
    "Scoped",
    "Serve",
    "Source",
    "SourceMap",
    "StatusPage",
    "Storage",
    "Team",
    "TelemetryBinding",
    "Vitals",
    "adopted_bindings",
    "behind",
    "built_in",
    "check_against",
    "counted_as",
    "environments",
    "every_of",
    "handle",
    "has_amount",
    "is_availability",
    "keys_of",
    "main_of",
    "parse_limit",
    "part_of",
    "place_of",
    "public",
    "quorum_of",
    "read_bindings",
    "regions_of",
    "resolve",
    "schema",
    "service_name",
    "severities",
    "severity_of",
    "signal_names",
    "unbound",
    "uptime_of",
    "wants_live_updates",
]
