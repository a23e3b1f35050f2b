"""The JSON API: all that the console shows and does, under /api/v1. Chapters add theirs under the same prefix.

Every operation answers from the functions that the pages answer from; `answers.py` has what all of them share.
"""

from . import accounts, events, guide, ledger, promises, search, status, versions

HANDLERS = (
    *status.HANDLERS,
    *guide.HANDLERS,
    *versions.HANDLERS,
    *promises.HANDLERS,
    *ledger.HANDLERS,
    *events.HANDLERS,
    *search.HANDLERS,
    *accounts.HANDLERS,
)
