"""What the chapter on performance reads in a guide: targets of speed with their alert levels."""

from ..guide.objectives import objectives_of
from ..guide.reader import Reader

READERS = (Reader(objectives_of("performance")),)
