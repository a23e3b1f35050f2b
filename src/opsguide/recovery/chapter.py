"""The chapter "Backup & Recovery": read and shown; keeping its promises comes with its own parts."""

from ..guide.keeping import reading_only

CHAPTER = reading_only("recovery")
