"""Numbers as people write them: 1.5, 1,5, 1.000, 10 000, five. What a dot means depends on the language."""

import re
from decimal import Decimal, InvalidOperation

from .types import Number

DIGITS = r"\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?"
# Not part of a name (P1, SEV-1, v2), a fraction, a price, a date or a longer number.
BEFORE = r"(?<![\w$€£§#])(?<![\s(|][-+−])(?<!\A[-+−])(?<!\d[.,/:])(?<![^\W\d_]-)(?<![\w]\.)"
_GROUPS = re.compile(r"^\d{1,3}([.,'’\u00a0\u202f ])\d{3}(?:\1\d{3})*(?:[.,]\d+)?$")
_DECIMAL_COMMA = {"de", "es", "fr", "pt", "ro", "vi"}


def parse_number(text: str, language: str) -> Decimal | None:
    """The value of digits with separators; None where they cannot be told from each other.

    `1,500` is 1500 in English and 1.5 elsewhere; `1.500` the other way round; `1.500,5` and `1,500.5` are clear.
    """
    if " " in text and language == "en":
        # Two numbers in a row, more likely than one with a space in it.
        return None
    grouped = _GROUPS.match(text)
    separators = set(re.findall(r"[.,]", text))
    comma = language in _DECIMAL_COMMA
    if len(separators) == 2:
        last = max(text.rfind(","), text.rfind("."))
        whole, fraction = text[:last], text[last + 1 :]
        return _decimal(re.sub(r"\D", "", whole) + "." + fraction)
    if grouped and (grouped[1] not in ".," or text.count(grouped[1]) > 1):
        return _decimal(re.sub(r"[^\d.]", "", text) if grouped[1] not in ".," else re.sub(r"\D", "", text))
    if grouped and not text.startswith("0"):
        thousands = "." if comma else ","
        return _decimal(text.replace(grouped[1], "" if grouped[1] == thousands else "."))
    return _decimal(text.replace(",", "."))


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def tidy(value: Decimal) -> Number:
    """A whole number as int, else the nearest float of the decimal."""
    if value == value.to_integral_value() and abs(value) < 10**15:
        return int(value)
    return float(value)
