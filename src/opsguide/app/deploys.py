"""`opsguide deploy`: told by whoever deploys, through the running service."""

from typing import Annotated

import typer

from ..storage.options import DEFAULT_DATA, DataOption
from .remote import AsOption, ask, post, who_is

deploy = typer.Typer(add_completion=False, no_args_is_help=True, help="Say that something was deployed.")


@deploy.command()
def announce(
    environment: Annotated[str, typer.Argument(help="Where it went: production.")],
    version: Annotated[str, typer.Argument(help="What went there: a tag, a commit, a build.")],
    url: Annotated[str, typer.Option(help="The page of the pipeline's run.")] = "",
    who: AsOption = None,
    data: DataOption = DEFAULT_DATA,
) -> None:
    """It stands on charts, and beside incidents that begin within two hours."""
    body = {"environment": environment, "version": version, "by": who_is(who), "url": url}
    told = post(data, "deploys", body)
    typer.echo(f"{told['version']} went to {told['environment']} at {told['at']}.")


@deploy.command("list")
def list_deploys(data: DataOption = DEFAULT_DATA) -> None:
    """The latest deploys, newest first."""
    found = ask(data, "deploys")["items"]
    for one in found:
        typer.echo(
            "  ".join(
                part
                for part in (one["at"], one["environment"], one["version"], one["by"], one["url"])
                if part
            )
        )
    if not found:
        typer.echo("No deploy was announced yet: opsguide deploy announce production VERSION")
