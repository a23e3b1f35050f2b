"""What the chapter on monitoring reads in a guide: alert rules, objectives, checks that recur."""

from ..guide.duties import duties_of
from ..guide.objectives import objectives_of
from ..guide.reader import Reader
from ..guide.rules import rules_of
from .spec_alerts import read_alerts

READERS = (
    Reader(read_alerts),
    Reader(objectives_of("monitoring")),
    Reader(duties_of("monitoring")),
    Reader(rules_of("monitoring"), fallback=True),
)
