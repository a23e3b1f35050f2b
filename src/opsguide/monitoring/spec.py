"""What the chapter on monitoring reads in a guide: alert rules and objectives."""

from ..guide.objectives import objectives_of
from ..guide.reader import Reader
from .spec_alerts import read_alerts

READERS = (
    Reader(read_alerts),
    Reader(objectives_of("monitoring")),
)
