"""What a changed guide means: which promises were added, dropped, loosened, tightened, changed or moved.

Pure: two readings in, data out. `table.py` says for each kind of promise what is looser; `pairs.py` which promise
of the old guide is which of the new one; `judge.py` puts the two together.
"""

from .judge import KINDS, Change, Comparison, Detail, Kind, compare
from .shift import Weight

__all__ = ["KINDS", "Change", "Comparison", "Detail", "Kind", "Weight", "compare"]
