"""`python -m opsguide`: the same as the command `opsguide`."""

from .cli import main

main()
