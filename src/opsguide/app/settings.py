"""What `opsguide serve` is started with."""

from pathlib import Path

from msgspec import Struct


class Settings(Struct, frozen=True):
    """What `serve` was started with. `port` overrules the bindings'; `tour` shows the console's guided tour.

    `visitor` signs in, as an admin, whoever comes by loopback: for the demo.
    """

    guide: Path
    bindings: Path | None
    data: Path
    port: int | None = None
    tour: bool = False
    visitor: bool = False
