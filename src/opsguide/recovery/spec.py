"""What the chapter on recovery reads in a guide: objectives of recovery, retention, backups and their tests."""

from ..guide.duties import duties_of
from ..guide.reader import Reader
from ..guide.rules import rules_of
from .spec_objectives import read_objectives
from .spec_retention import read_retention

READERS = (
    Reader(read_objectives),
    Reader(read_retention),
    Reader(duties_of("recovery")),
    Reader(rules_of("recovery"), fallback=True),
)
