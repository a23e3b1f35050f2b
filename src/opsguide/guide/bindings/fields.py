"""How one value of the bindings is read: texts, numbers, durations, addresses, expressions, limits."""

import ipaddress
import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import promql_parser
from jmespath import compile as compile_jmespath
from jmespath.exceptions import JMESPathError

from ...kernel.errors import QueryError
from ...kernel.matching import parse_matcher
from ...kernel.promql import read
from ..wording import did_you_mean, listed
from .limits import LIMIT, UNITS_OF_TIME, parse_limit
from .model import Limit
from .problems import Spot
from .shapes import Field, field, wrong_type

_DURATION = r"(\d+(?:\.\d+)?)(ms|s|m|h|d)"


@field(type="string", pattern=r"\S")
def text(value: object, spot: Spot) -> str:
    if not isinstance(value, str):
        raise wrong_type(value, spot, "a text in quotes", f'{spot.path[-1]} = "…"')
    if not value.strip():
        raise spot.wrong("empty", f"`{spot.name}` is empty", "give it a text or delete the line")
    return value.strip()


@field(type="string", minLength=1)
def raw(value: object, spot: Spot) -> str:
    """A text to the letter: blanks and line ends at its ends too."""
    if not isinstance(value, str) or not value:
        raise wrong_type(value, spot, "a text in quotes", f'{spot.path[-1]} = "…"')
    return value


@field(type="string", pattern=r"\S")
def name(value: object, spot: Spot) -> str:
    """A text that the guide uses too, case-folded."""
    return text(value, spot).casefold()


@field(type="boolean")
def flag(value: object, spot: Spot) -> bool:
    if not isinstance(value, bool):
        raise wrong_type(value, spot, "true or false, without quotes", f"{spot.path[-1]} = true")
    return value


def whole(least: int, most: int) -> Field[int]:
    """Whole numbers from `least` to `most`."""

    @field(type="integer", minimum=least, maximum=most)
    def read(value: object, spot: Spot) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            example = value if isinstance(value, str) and value.isdecimal() else most
            raise wrong_type(value, spot, "a whole number without quotes", f"{spot.path[-1]} = {example}")
        if not least <= value <= most:
            message = f"`{spot.name}` is {value}, outside {least} to {most}"
            raise spot.wrong("out-of-range", message, f"write a number from {least} to {most}")
        return value

    return read


def number(least: float, most: float) -> Field[float]:
    """Numbers, whole or not, from `least` to `most`."""

    @field(type="number", minimum=least, maximum=most)
    def read(value: object, spot: Spot) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong_type(value, spot, "a number without quotes", f"{spot.path[-1]} = 0.5")
        if not least <= value <= most:
            message = f"`{spot.name}` is {value}, outside {least:,g} to {most:,.0f}"
            raise spot.wrong("out-of-range", message, f"write a number from {least:,g} to {most:,.0f}")
        return float(value)

    return read


def choice(*words: str) -> Field[str]:
    """One of these words, as they are written here."""

    @field(type="string", enum=list(words))
    def read(value: object, spot: Spot) -> str:
        found = text(value, spot)
        if found not in words:
            hint = did_you_mean(found, words) or f"known here: {listed(words)}"
            raise spot.wrong("unknown-word", f"`{spot.name}` cannot be `{found}`", hint)
        return found

    return read


def durations(most_days: int) -> Field[float]:
    """Durations up to so many days."""

    @field(type="string", pattern=rf"^\s*{_DURATION}\s*$")
    def read(value: object, spot: Spot) -> float:
        """`250ms`, `5s`, `2m`, `1h`, `1d` as seconds. One number and one unit: nothing to interpret."""
        if not isinstance(value, str):
            seconds = value if isinstance(value, int | float) and not isinstance(value, bool) else 5
            raise wrong_type(value, spot, "a duration in quotes", f'{spot.path[-1]} = "{seconds}s"')
        amount = seconds_in(value)
        if amount is None:
            hint = "a number and one of ms, s, m, h, d, for example `5s` or `2m`"
            raise spot.wrong("bad-duration", f"`{value}` is no duration", hint)
        if not 0 < amount <= most_days * 86_400:
            message = f"`{spot.name}` is {value}, outside 1ms to {most_days}d"
            raise spot.wrong("out-of-range", message, f"write a duration from `1ms` to `{most_days}d`")
        return amount

    return read


def seconds_in(text: str) -> float | None:
    """The seconds of a duration as it is written, None where it is none."""
    found = re.fullmatch(_DURATION, text.strip())
    return None if found is None else float(found[1]) * UNITS_OF_TIME[found[2]]


duration = durations(1)


def durations_or_off(most_days: int) -> Field[float]:
    """The same, or `off`: 0."""
    some = durations(most_days)

    @field(type="string", pattern=rf"^\s*(off|{_DURATION})\s*$")
    def read(value: object, spot: Spot) -> float:
        """A duration as seconds; `off` is 0."""
        return 0.0 if isinstance(value, str) and value.strip() == "off" else some(value, spot)

    return read


duration_or_off = durations_or_off(1)


@field(type="string", pattern=r"^\s*[A-Za-z_]\w*\s*(=|!)", examples=['alert="slow_response_time"'])
def matcher(value: object, spot: Spot) -> str:
    """A label matcher, as Prometheus and Alertmanager write them."""
    found = text(value, spot)
    try:
        parse_matcher(found)
    except QueryError as error:
        raise spot.wrong("bad-matcher", f"`{spot.name}`: {error.what}", error.hint) from None
    return found


@field(type="string", pattern=r"\S", examples=["alert.title"])
def jmespath(value: object, spot: Spot) -> str:
    """A JMESPath expression that parses."""
    found = text(value, spot)
    try:
        compile_jmespath(found)
    except JMESPathError as error:
        reason = str(error).splitlines()[0]
        hint = "paths are parted by dots, such as `alert.title`; jmespath.org has a tutorial"
        raise spot.wrong("bad-jmespath", f"`{spot.name}` is no JMESPath: {reason}", hint) from None
    return found


@field(type="string", pattern=r"\S", examples=["UTC", "Europe/Bucharest"])
def zone(value: object, spot: Spot) -> str:
    """A zone of the IANA database."""
    found = text(value, spot)
    try:
        ZoneInfo(found)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = did_you_mean(found, available_timezones())
        hint = near or "write an IANA zone such as `Europe/Bucharest` or `UTC`"
        raise spot.wrong("unknown-zone", f"`{found}` is no time zone", hint) from None
    return found


@field(type="string", pattern=r"\S", examples=["127.0.0.1", "0.0.0.0", "::1", "localhost"])
def address(value: object, spot: Spot) -> str:
    """An IP address to listen on, or localhost."""
    found = text(value, spot)
    try:
        return found if found == "localhost" else str(ipaddress.ip_address(found))
    except ValueError:
        hint = "write 127.0.0.1 for this machine only, 0.0.0.0 or :: for all of its addresses"
        raise spot.wrong("bad-ip", f"`{found}` is no IP address", hint) from None


@field(type="string", pattern=r"\S", examples=["127.0.0.1", "10.0.0.0/8"])
def network(value: object, spot: Spot) -> str:
    """An IP address or a network."""
    found = text(value, spot)
    try:
        ipaddress.ip_network(found, strict=False)
    except ValueError:
        hint = "write an address such as 127.0.0.1, or a network such as 10.0.0.0/8"
        raise spot.wrong("bad-ip", f"`{found}` is no address and no network", hint) from None
    return found


@field(type="string", pattern=r"\S")
def promql(value: object, spot: Spot) -> str:
    """A PromQL expression that parses."""
    found = text(value, spot)
    try:
        read(found)
    except QueryError as error:
        hint = error.hint or "try it where you look at graphs; labels stand in {…}, ranges in […]"
        place = error.where.removeprefix("PromQL ")
        message = f"`{spot.name}` is no PromQL at {place} of it: {error.what}"
        raise spot.wrong("bad-promql", message, hint) from None
    return found


@field(type="string", pattern=r"^[^{}]*[=~][^{}]*$", examples=['env="prod",cluster="eu"'])
def matchers(value: object, spot: Spot) -> str:
    """Label matchers as PromQL has them, without the braces."""
    found = text(value, spot)
    hint = 'write label matchers without braces, for example \'env="prod",cluster="eu"\''
    try:
        right = _is_matchers(found)
    except QueryError as error:
        message = f"`{spot.name}` is no list of label matchers: {error.what}"
        raise spot.wrong("bad-matchers", message, error.hint or hint) from None
    if not right:
        raise spot.wrong("bad-matchers", f"`{spot.name}` is no list of label matchers", hint)
    return found


@field(type="string", pattern=r"^\s*\*\s*$|^[^{}]*[=~][^{}]*$", examples=['job="checkout"', "*"])
def matchers_or_all(value: object, spot: Spot) -> str:
    """The same, or `*`."""
    return "*" if isinstance(value, str) and value.strip() == "*" else matchers(value, spot)


def _is_matchers(written: str) -> bool:
    """Whether it is that and nothing more, such as a second selector. Raises QueryError where it is no PromQL."""
    found = read("{" + written + "}").tree
    if (
        not isinstance(found, promql_parser.VectorSelector)
        or found.offset is not None
        or found.at is not None
    ):
        return False
    own = found.matchers
    return (
        found.name is None and not own.or_matchers and not any(one.name == "__name__" for one in own.matchers)
    )


@field(type="string", pattern=r"^\s*[\w!.*'()|-]+\s*$")
def tenant(value: object, spot: Spot) -> str:
    """What a tenant may be called: the signs that Mimir allows, and `|` between several."""
    found = text(value, spot)
    if re.fullmatch(r"[A-Za-z0-9_!.*'()|-]{1,150}", found) is None:
        hint = "use letters, digits and !-_.*'(), and | between several"
        raise spot.wrong("bad-tenant", f"`{spot.name}` is no name of a tenant", hint)
    return found


@field(
    type=["number", "string"], pattern=rf"^\s*{LIMIT.pattern}\s*$", examples=["5", "80%", "< 200ms", "2GiB"]
)
def limit(value: object, spot: Spot) -> Limit:
    """A limit as `parse_limit` reads it. A bare number may go without quotes."""
    if isinstance(value, dict):
        message = f"`{spot.name}` is a table, not a limit"
        hint = 'a promise\'s id has dots: write it in quotes, "monitoring.objective.…" = "5"'
        raise spot.wrong("wrong-type", message, hint, on="key")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Limit(text=str(value), count=value)
    found = text(value, spot)
    parsed = parse_limit(found)
    if parsed is None:
        hint = "write for example `5`, `80%`, `< 200ms` or `2GiB`"
        raise spot.wrong("bad-limit", f"`{found}` is no limit", hint)
    return parsed
