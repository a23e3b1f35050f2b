"""Normal traffic: a guide may say a limit of it alone (`< 1 % for normal traffic`)."""

from functools import cache

from .lexicon import LANGUAGES, lexicon


@cache
def says_normal(scope: str) -> bool:
    """Does a scope, in any language, mean the traffic as it usually is, and no part of the system?"""
    return any(hit.kind == "traffic" for hit in lexicon(LANGUAGES).find(scope))
