"""What a look finds where these metrics have samples, whatever their labels."""

from opsguide.monitoring.definitions import BUILTINS
from opsguide.monitoring.signals import Presence


def having(*metrics: str) -> Presence:
    builtins = (one for ones in BUILTINS.values() for one in ones)
    return {one.looked_for: 1.0 for one in builtins if one.needs in metrics}
