"""`opsguide schema`: what editors may know of opsguide.toml."""

import typer

from . import schema as json_schema


def schema() -> None:
    """Print the JSON Schema of opsguide.toml, with which editors complete, explain and check it.

    opsguide schema > opsguide.schema.json, and as first line of opsguide.toml: #:schema ./opsguide.schema.json
    """
    typer.echo(json_schema(), nl=False)
