"""What a user can meet and must be able to look up: commands, binding keys, routes, fact types.

Each is read from the code that runs, never from a list kept beside it.
"""

import importlib
from collections.abc import Iterator
from typing import Any

import msgspec

from tests.architecture import modules


def has(module: str) -> bool:
    """Whether opsguide has this module (dotted, below opsguide)."""
    return any(found.name == f"opsguide.{module}" for found in modules())


# Written as one text in the file, kept in parts by the model.
WHOLE = {"limits.NAME"}


def commands() -> dict[str, list[str]]:
    """Every command as it is typed (`opsguide demo break`), with its options."""
    from typer.main import get_command

    return dict(_commands(get_command(importlib.import_module("opsguide.cli").app), "opsguide"))


def _commands(command: Any, typed: str) -> Iterator[tuple[str, list[str]]]:
    # Any: typer carries its own copy of click, whose classes are not public.
    if not hasattr(command, "list_commands"):
        shown = (each for each in command.params if each.param_type_name == "option" and not each.hidden)
        yield typed, sorted(option for each in shown for option in each.opts if option != "--help")
        return
    context = command.make_context(typed, [], resilient_parsing=True)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        if not found.hidden:
            yield from _commands(found, f"{typed} {name}")


def binding_keys() -> list[str]:
    """Every key of opsguide.toml, dotted; `NAME` stands for what the user calls a thing."""
    model = importlib.import_module("opsguide.guide.bindings.model")
    return sorted(_keys(msgspec.inspect.type_info(model.Bindings), ""))


def _keys(kind: msgspec.inspect.Type, at: str) -> Iterator[str]:
    match kind:
        case _ if at in WHOLE:
            yield at
        case msgspec.inspect.StructType(fields=fields):
            for field in fields:
                yield from _keys(field.type, f"{at}.{field.encode_name}" if at else field.encode_name)
        case msgspec.inspect.VarTupleType(item_type=msgspec.inspect.StructType() as entry):
            yield at
            yield from _keys(entry, at)
        case msgspec.inspect.DictType(value_type=value):
            yield from _keys(value, f"{at}.NAME")
        case msgspec.inspect.UnionType(types=types) if any(_has_keys(each) for each in types):
            yield from (key for each in types if _has_keys(each) for key in _keys(each, at))
        case _:
            yield at


def _has_keys(kind: msgspec.inspect.Type) -> bool:
    return isinstance(kind, msgspec.inspect.StructType | msgspec.inspect.DictType)


def meanings() -> dict[str, str]:
    """What each key of opsguide.toml is for, as its schema tells editors."""
    keys = importlib.import_module("opsguide.guide.bindings.keys")
    return dict(_meanings(keys.ROOT.schema, ""))


def _meanings(schema: dict[str, Any], at: str) -> Iterator[tuple[str, str]]:
    if at and "description" in schema:
        yield at, schema["description"]
    for key, inner in schema.get("properties", {}).items():
        yield from _meanings(inner, f"{at}.{key}" if at else key)
    if isinstance(others := schema.get("additionalProperties"), dict):
        yield from _meanings(others, f"{at}.NAME")
    if "items" in schema:
        yield from _meanings(schema["items"], at)


def facts() -> list[tuple[str, int, type[msgspec.Struct]]]:
    """Every fact type that a ledger may hold: name, version, its data."""
    return list(importlib.import_module("opsguide.app.core").fact_types())


def needs() -> dict[str, str | None]:
    """Every route of the whole application, as `GET /incidents/{incident}` → the permission that it declares."""
    build = importlib.import_module("opsguide.web.app").build
    found = importlib.import_module("opsguide.app.pages")
    # Routes do not depend on what is served, so nothing is: whatever touches it fails.
    intake = importlib.import_module("opsguide.telemetry.intake.doors").Intake(object(), object(), lambda: 0)
    parts = dict.fromkeys(("link_key", "board", "drilling", "reception", "tester", "publishing"), object())
    shown = found.pages(found.Edges(**parts, intake=intake))
    served = build(object(), shown, identity=object(), port=0)
    return {
        f"{verb} {route.path_format}": handler.opt.get("needs")
        for route in served.routes
        for handler in route.route_handlers
        for verb in handler.http_methods
        # Every GET answers HEAD and OPTIONS too.
        if verb not in ("HEAD", "OPTIONS")
    }


def routes() -> list[str]:
    """Every route, as `GET /incidents/{incident}`."""
    return sorted(needs())
