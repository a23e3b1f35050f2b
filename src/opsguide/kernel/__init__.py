"""The pure core every chapter stands on: no clock, no random, no I/O, no asyncio in here."""
