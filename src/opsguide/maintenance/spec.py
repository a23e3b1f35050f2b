"""What the chapter on maintenance reads in a guide: windows with their length and notice, and the rules around them."""

from ..guide.duties import duties_of
from ..guide.reader import Reader
from ..guide.rules import rules_of
from .spec_windows import read_windows

READERS = (
    Reader(read_windows),
    Reader(duties_of("maintenance")),
    Reader(rules_of("maintenance"), fallback=True),
)
