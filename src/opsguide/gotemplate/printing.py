"""Values as Go prints them: numbers, `printf`. Source: the documentation of Go's packages fmt and strconv."""

import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from .tree import TemplateError

MAX_WIDTH = 1000
EXPONENT_FROM = 6
"""Numbers of so many digits and more are written as 1.5e+06 where nothing says how."""
_VERB = re.compile(r"%(?P<flags>[-+# 0]*)(?P<width>\d*)(?:\.(?P<precision>\d*))?(?P<verb>.)?", re.DOTALL)


def shown(value: Any) -> str:
    """A value as `{{ . }}` prints it."""
    match value:
        case None:
            return "<nil>"
        case bool():
            return "true" if value else "false"
        case float():
            return number(value)
        case str() | int():
            return str(value)
        case Mapping():
            return f"map[{' '.join(f'{key}:{shown(value[key])}' for key in sorted(value))}]"
        case tuple() | list():
            return f"[{' '.join(shown(one) for one in value)}]"
    return f"&{{{shown(value.labels)} {number(value.value)}}}"


def number(value: float) -> str:
    """The fewest digits that mean this number; with an exponent below 1e-4 and from 1e+06 on."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits)).rstrip("0") or "0"
    point = len(digits) + exponent
    minus = "-" if sign else ""
    if text == "0":
        return f"{minus}0"
    text, point = text.lstrip("0"), point - (len(text) - len(text.lstrip("0")))
    if not -4 <= point - 1 < EXPONENT_FROM:
        fraction = f".{text[1:]}" if len(text) > 1 else ""
        return f"{minus}{text[0]}{fraction}e{point - 1:+03d}"
    if point <= 0:
        return f"{minus}0.{'0' * -point}{text}"
    whole, fraction = text[:point].ljust(point, "0"), text[point:]
    return f"{minus}{whole}{'.' if fraction else ''}{fraction}"


def four(value: float) -> str:
    """`%.4g`."""
    return number(value) if not math.isfinite(value) else f"{value:.4g}"


def printf(text: str, values: Sequence[Any]) -> str:
    """Go's Sprintf, without `*` and indexes. A verb that does not fit its value is printed as Go does."""
    said: list[str] = []
    left = list(values)
    at = 0
    for found in _VERB.finditer(text):
        said.append(text[at : found.start()])
        at = found.end()
        said.append(_formatted(found, left))
    said.append(text[at:])
    if left:
        said.append(f"%!(EXTRA {', '.join(f'{_kind(one)}={shown(one)}' for one in left)})")
    return "".join(said)


def _formatted(found: re.Match[str], left: list[Any]) -> str:
    verb, flags = found["verb"], found["flags"]
    width, precision = int(found["width"] or 0), found["precision"]
    if verb is None:
        return "%!(NOVERB)"
    if verb == "%":
        return "%"
    if verb in "*[":
        raise TemplateError(f"printf: `{found[0]}` is not supported", hint="write the width as a number")
    if width > MAX_WIDTH or int(precision or 0) > MAX_WIDTH:
        raise TemplateError(f"printf: `{found[0]}` is wider than {MAX_WIDTH}")
    if not left:
        return f"%!{verb}(MISSING)"
    value = left.pop(0)
    text = _verb(verb, value, flags, None if precision is None else int(precision or 0))
    if text is None:
        return f"%!{verb}({_kind(value)}={shown(value)})"
    return _padded(text, width, flags, numeric=isinstance(value, int | float))


def _padded(text: str, width: int, flags: str, *, numeric: bool) -> str:
    if len(text) >= width:
        return text
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags and numeric and text[-1:] not in "fN":
        sign = text[:1] if text[:1] in "+-" else ""
        return sign + text[len(sign) :].rjust(width - len(sign), "0")
    return text.rjust(width)


def _verb(verb: str, value: Any, flags: str, precision: int | None) -> str | None:
    """None where the verb does not fit."""
    if verb == "T":
        return _kind(value)
    if verb == "v" and not isinstance(value, float):
        return shown(value)
    match value:
        case bool():
            return shown(value) if verb == "t" else None
        case float():
            return _float(verb, value, flags, precision)
        case int():
            return _whole(verb, value, flags)
        case str():
            return _text(verb, value, precision)
    return shown(value) if verb == "s" else None


def _float(verb: str, value: float, flags: str, precision: int | None) -> str | None:
    if verb not in "vgGeEfF":
        return None
    if not math.isfinite(value):
        text = number(value).removeprefix("+")
    elif verb in "vgG" and precision is None:
        text = number(value)
        text = text.upper() if verb == "G" else text
    else:
        form = "g" if verb == "v" else verb
        text = f"{value:.{6 if precision is None else precision}{form}}"
    return f"+{text}" if "+" in flags and not text.startswith("-") else text


def _whole(verb: str, value: int, flags: str) -> str | None:
    forms = {"d": "d", "x": "x", "X": "X", "o": "o", "b": "b"}
    if verb == "c":
        return chr(value) if 0 <= value < 0x110000 else "\ufffd"
    if verb not in forms:
        return None
    text = format(value, forms[verb])
    return f"+{text}" if "+" in flags and value >= 0 else text


def _text(verb: str, value: str, precision: int | None) -> str | None:
    cut = value if precision is None else value[:precision]
    match verb:
        case "s":
            return cut
        case "q":
            escaped = cut.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
            return f'"{escaped}"'
        case "x":
            return cut.encode("utf-8", "replace").hex()
        case "X":
            return cut.encode("utf-8", "replace").hex().upper()
    return None


def _kind(value: Any) -> str:
    """The name of the type in Go."""
    names = {bool: "bool", int: "int", float: "float64", str: "string", dict: "map[string]string"}
    return names.get(type(value), "template.queryResult" if isinstance(value, list | tuple) else "<nil>")
