"""`opsguide demo …` on a given example, and with a plain web server in place of `opsguide serve` where that will do.

Usage: python tests/demo/stand_in.py EXAMPLES plain|broken|real demo-arguments…
"""

import sys
from pathlib import Path

from opsguide.demo import cli
from opsguide.demo.working import Folder, Notes
from opsguide.kernel.errors import OpsguideError

EXAMPLES, KIND = Path(sys.argv.pop(1)), sys.argv.pop(1)


def plain(folder: Folder, notes: Notes) -> list[str]:
    (folder.path / "healthz").touch()
    where = ["--bind=127.0.0.1", f"--directory={folder.path}"]
    return [sys.executable, "-m", "http.server", *where, str(notes.ports.opsguide)]


def broken(_folder: Folder, _notes: Notes) -> list[str]:
    return [sys.executable, "-c", "import sys; sys.exit('this will not do')"]


if __name__ == "__main__":
    cli.examples = lambda: EXAMPLES
    chosen = {"plain": plain, "broken": broken, "real": cli.service}[KIND]
    cli.service = chosen  # type: ignore[assignment]
    try:
        cli.app()
    except OpsguideError as error:
        sys.exit(f"error: {error}")
