"""What this chapter reads in a guide."""

from ..guide.reader import Reader

READERS: tuple[Reader, ...] = ()
