"""What the chapter on incidents reads in a guide: severities, clocks, and the routes by which people are told."""

from ..guide.reader import Reader
from .spec_clocks import read_clocks
from .spec_routes import read_routes
from .spec_severities import read_severities

READERS = (Reader(read_severities), Reader(read_routes), Reader(read_clocks))
"""In this order: `escalate to the CTO after 30 min` is a step before it is a clock."""
