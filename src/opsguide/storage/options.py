"""The option that names a service's data directory, for every command that reads it."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

DEFAULT_DATA = Path("opsguide-data")
"""Where the service keeps its ledger unless told otherwise."""

DataOption: TypeAlias = Annotated[
    Path, typer.Option("--data", metavar="DIR", help="The service's data directory.", envvar="OPSGUIDE_DATA")
]
