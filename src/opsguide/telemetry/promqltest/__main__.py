"""`python -m opsguide.telemetry.promqltest FILES...`"""

import sys
from collections import Counter
from pathlib import Path

from .running import run
from .script import commands


def main(files: list[str]) -> int:
    """Runs the scripts, prints what failed and what is not supported, closes with the counts. 1 where a case failed."""
    if not files:
        print("usage: python -m opsguide.telemetry.promqltest FILES...")
        return 2
    counts: Counter[str] = Counter()
    for file in files:
        try:
            text = Path(file).read_text(encoding="utf-8", errors="surrogateescape")
        except OSError as error:
            print(f"{file}: cannot be read: {error.strerror}")
            counts["failed"] += 1
            continue
        for outcome in run(commands(text)):
            counts[outcome.result] += 1
            if outcome.result != "passed":
                print(f"{file}:{outcome.line}: {outcome.result}: {outcome.expression}\n    {outcome.why}")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['unsupported']} unsupported")
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
