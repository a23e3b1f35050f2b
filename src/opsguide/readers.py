"""The readers of all chapters, in the order in which they are asked. The only place that knows them all."""

from .delivery.spec import READERS as DELIVERY
from .guide.reader import Reader
from .incidents.spec import READERS as INCIDENTS
from .maintenance.spec import READERS as MAINTENANCE
from .monitoring.spec import READERS as MONITORING
from .performance.spec import READERS as PERFORMANCE
from .recovery.spec import READERS as RECOVERY
from .security.spec import READERS as SECURITY

ALL: tuple[Reader, ...] = (
    *INCIDENTS,
    *RECOVERY,
    *MAINTENANCE,
    *SECURITY,
    *DELIVERY,
    *MONITORING,
    *PERFORMANCE,
)
"""Where two could read the same number the first one does: a clock before an objective, a window before a duty."""
