"""Where the promised things are: `opsguide.toml`, beside the guide.

`read_bindings` turns text into Bindings or diagnostics, `check_against` holds them to a guide, `unbound` says
what is missing.
"""

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

__all__ = [
    "Bindings",
    "Channel",
    "EnvironmentBinding",
    "Heartbeat",
    "Limit",
    "Paging",
    "Person",
    "Reference",
    "Serve",
    "Team",
]
