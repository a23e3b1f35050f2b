"""The chapter "Performance Operations": read and shown; keeping its promises comes with its own parts."""

from ..guide.keeping import reading_only

CHAPTER = reading_only("performance")
