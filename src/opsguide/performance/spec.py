"""What the chapter on performance reads in a guide: targets of speed with their alert levels, and capacity."""

from ..guide.duties import duties_of
from ..guide.objectives import objectives_of
from ..guide.reader import Reader
from ..guide.rules import rules_of
from .spec_capacity import read_capacity

READERS = (
    Reader(read_capacity),
    Reader(objectives_of("performance")),
    Reader(duties_of("performance")),
    Reader(rules_of("performance"), fallback=True),
)
