"""Conditions of the world in the words of severity definitions: which definition covers "the system is down"?"""

import re

PHRASES: dict[str, re.Pattern[str]] = {
    "system_down": re.compile(
        r"\b(system|service|site|application|app|platform|website|shop|production)s?\b[^.;,]{0,30}"
        r"\b(down|unavailable|unreachable|offline|outage)\b"
        r"|\b(full|total|complete|major|system-wide|site-wide)\b[^.;,]{0,20}\b(outage|downtime)\b",
        re.IGNORECASE,
    ),
}


def covers(definition: str, condition: str) -> bool:
    """Does this definition of a severity name the condition?"""
    pattern = PHRASES.get(condition)
    return pattern is not None and pattern.search(definition) is not None
