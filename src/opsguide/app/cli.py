"""`opsguide serve`: the running service, in the foreground."""

import asyncio
import logging
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from ..guide.bindings import file, unbound
from ..guide.routes import A_ROUTE, NOBODY, calls_nobody
from ..storage.options import DEFAULT_DATA, DataOption
from .serve import Service
from .serve import serve as run_service
from .server import address
from .settings import Settings


def serve(
    guide: Annotated[Path, typer.Argument(help="The operations guide, a Markdown file.")],
    bindings: Annotated[
        Path | None,
        typer.Option("--bindings", help="opsguide.toml; default: the one beside the guide, if any."),
    ] = None,
    data: DataOption = DEFAULT_DATA,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port of the console; 0: any free one. Default: as bound."),
    ] = None,
    tour: Annotated[
        bool, typer.Option("--tour", help="Show the console's guided tour to who has not seen it.")
    ] = False,
    visitor: Annotated[
        bool,
        typer.Option("--visitor", help="Sign in whoever comes by loopback, as an admin: for the demo."),
    ] = False,
) -> None:
    """Watch what the guide promises, page when it breaks, show it at a local address. Stops on Ctrl-C.

    The first start prints a link that makes the first admin. The console listens on loopback, unless bound otherwise
    (serve.listen); reach it from elsewhere through a proxy or SSH: ssh -L 8470:127.0.0.1:8470 HOST
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = Settings(
        guide=guide, bindings=bindings or file.beside(guide), data=data, port=port, tour=tour, visitor=visitor
    )
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run_service(settings, _started))


def _started(service: Service) -> None:
    """What a person wants to know first: where it is, what is in force, what is still missing."""
    current = service.decider.engine.state("guide").current
    reading = current.adopted.reading
    missing = {m.promise for m in unbound(reading, service.bindings())}
    typer.echo(f"{service.name()}: {service.url}")
    if (page := service.bindings().status) is not None and page.port:
        typer.echo(f"status page: {address(page.listen, page.port)}")
    if service.set_up:
        typer.echo(f"no admin yet; open this within a day, it counts once:\n  {service.set_up}")
    if service.settings.visitor:
        typer.echo("whoever comes by loopback is signed in as the visitor, an admin (--visitor)")
    typer.echo(
        f"guide v{current.adopted.version}: {len(reading.promises)} promises, "
        f"{len(reading.promises) - len(missing)} bound, {len(missing)} unbound, {len(reading.gaps)} gaps"
    )
    if calls_nobody(reading.promises):
        typer.echo(f"{NOBODY}; {A_ROUTE}", err=True)
    if (refused := service.decider.engine.state("guide").refused) is not None:
        for where, one in refused.places:
            typer.echo(
                f"refused, so v{current.adopted.version} stays in force: {where}: {one.message}", err=True
            )
    typer.echo(f"ledger: {service.settings.data} at {service.ledger.head.seq}; Ctrl-C stops")
