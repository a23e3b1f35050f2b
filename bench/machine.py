"""On what was measured: a figure without its machine says nothing."""

import datetime
import os
import platform
import shutil
import subprocess
from pathlib import Path


def machine() -> dict[str, str]:
    """Words → what they are, of this machine now; no name and no address of it."""
    return {
        "measured on": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "version": _said("git", "describe", "--always", "--dirty") or "unknown",
        "processor": f"{_of('/proc/cpuinfo', 'model name') or platform.machine()}, {_cores()} cores for this process",
        "memory": f"{int(_of('/proc/meminfo', 'MemTotal').split()[0] or 0) / 2**20:.1f} GiB",
        "system": f"{_distribution()}, Linux {platform.release()}",
        "Python": platform.python_version(),
        "busy before": f"{os.getloadavg()[0]:.2f} (load of the last minute)",
        "peers": ", ".join(filter(None, (_prometheus(), _postgresql()))) or "none",
    }


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _of(file: str, name: str) -> str:
    for line in Path(file).read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""


def _distribution() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", "unknown")


def _prometheus() -> str:
    words = _said("prometheus", "--version").split()
    return f"Prometheus {words[2]}" if len(words) > 2 else ""


def _postgresql() -> str:
    newest = max(Path("/usr/lib/postgresql").glob("*/bin/postgres"), default=None)
    words = _said(str(newest), "--version").split() if newest is not None else []
    return f"PostgreSQL {words[2]}" if len(words) > 2 else ""


def _said(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return ""
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return (ran.stdout or ran.stderr).partition("\n")[0].strip()
