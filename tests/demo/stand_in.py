"""`opsguide demo …` with a plain web server in the place of `opsguide serve`, for what does not need the latter.

Usage: python tests/demo/stand_in.py EXAMPLES demo-arguments…
"""

import sys
from pathlib import Path

from opsguide.demo import cli
from opsguide.demo.working import Folder, Notes
from opsguide.kernel.errors import OpsguideError

EXAMPLES = Path(sys.argv.pop(1))


def service(folder: Folder, notes: Notes) -> list[str]:
    (folder.path / "healthz").touch()
    where = ["--bind=127.0.0.1", f"--directory={folder.path}"]
    return [sys.executable, "-m", "http.server", *where, str(notes.ports.opsguide)]


if __name__ == "__main__":
    cli.service = service
    cli.examples = lambda: EXAMPLES
    try:
        cli.app()
    except OpsguideError as error:
        sys.exit(f"error: {error}")
