"""`opsguide serve` as a user has it: a process of its own, whose memory is its own."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

STOP_SECONDS = 120.0


class Service:
    """One that runs at `url`."""

    def __init__(self, url: str, pid: int) -> None:
        self.url, self._pid = url, pid

    def mebibytes(self, name: str) -> float:
        """VmRSS or VmHWM (its peak) as the kernel counts it (Linux). What getrusage says of a process that somebody
        started is at least what that one had."""
        for line in Path(f"/proc/{self._pid}/status").read_text().splitlines():
            key, _, value = line.partition(":")
            if key == name:
                return int(value.split()[0]) / 1024
        raise ValueError(name)


@contextmanager
def served(place: Path, environment: Mapping[str, str] | None = None) -> Iterator[Service]:
    """Over the operations.md, opsguide.toml and data of a folder."""
    command = [str(Path(sys.executable).parent / "opsguide"), "serve", str(place / "operations.md")]
    options = [f"--bindings={place / 'opsguide.toml'}", f"--data={place / 'data'}", "--port=0", "--visitor"]
    with (place / "log").open("w") as log:
        service = subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=log, text=True, env=environment
        )
        try:
            assert service.stdout is not None
            said = next((line for line in service.stdout if "http://" in line), "")
            found = re.search(r"http://\S+", said)
            assert found is not None, (place / "log").read_text()
            yield Service(found[0], service.pid)
        finally:
            service.terminate()
            service.wait(STOP_SECONDS)
