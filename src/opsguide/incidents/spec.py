"""What the chapter on incidents reads in a guide: severities, clocks, and the routes by which people are told."""

from ..guide.duties import duties_of
from ..guide.reader import Reader
from ..guide.rules import rules_of
from .spec_clocks import read_clocks
from .spec_routes import read_routes
from .spec_severities import read_severities

READERS = (
    Reader(read_severities),
    Reader(read_routes),
    Reader(read_clocks),
    Reader(duties_of("incidents")),
    Reader(rules_of("incidents"), fallback=True),
)
"""In this order: `escalate to the CTO after 30 min` is a step before it is a clock."""
