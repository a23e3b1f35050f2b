"""What a Compose file says: which ports are published on this machine, which databases there are."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from .found import FoundDatabase, Port

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
"""In the order in which Compose looks for them."""

_MAX_BYTES = 1_000_000
_KINDS = {
    "postgresql": r"postg(?:res|is)|timescale|pgvector|pgrouting",
    "mysql": r"mysql|mariadb|percona",
    "mongodb": r"mongo",
    "redis": r"redis|valkey|keydb|dragonfly",
}
_OTHERS = (
    "prometheus|grafana|alertmanager|loki|tempo|jaeger|exporter|mailhog|mailpit|adminer|pgadmin|rabbitmq|kafka|"
    "zookeeper|minio"
)
"""Names of images and services that are no part of what is served."""

_VARIABLE = re.compile(r"\$\{(\w+)(?::?-([^}]*))?[^}]*\}|\$(\w+)")


def find(folders: tuple[Path, ...]) -> Path | None:
    """The first Compose file in these folders."""
    return next((folder / name for folder in folders for name in NAMES if (folder / name).is_file()), None)


def read(path: Path) -> tuple[tuple[Port, ...], tuple[FoundDatabase, ...]]:
    """Ports of services that may speak HTTP, and databases. Raises ValueError with what is wrong with the file."""
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
        if len(raw) > _MAX_BYTES:
            raise ValueError("it is too large")
        content = yaml.safe_load(raw.decode("utf-8-sig"))
    except OSError as problem:
        raise ValueError((problem.strerror or str(problem)).lower()) from None
    except (yaml.YAMLError, RecursionError, UnicodeDecodeError):
        raise ValueError("it is no YAML") from None
    services = content.get("services") if isinstance(content, dict) else None
    known = {str(name): kept for name, kept in _table(services).items() if isinstance(kept, dict)}
    return tuple(_ports(known, path.name)), tuple(_databases(known, path.name))


def _table(value: object) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else {}


def _ports(services: Mapping[str, dict[str, Any]], source: str) -> Iterator[Port]:
    for name, service in services.items():
        if _kind(name, service) or re.search(_OTHERS, _image(service) or name):
            continue
        ports = service.get("ports")
        for number in map(_published, ports if isinstance(ports, list) else ()):
            if number:
                yield Port(service=name, number=number, source=f"{name} in {source}")


def _published(port: object) -> int:
    """The port on this machine, 0 where there is none that is known: `8080:80`, `127.0.0.1:8080:80/tcp` …"""
    if isinstance(port, dict):
        if str(port.get("protocol", "tcp")) != "tcp":
            return 0
        text = str(port.get("published", ""))
    else:
        text, _, protocol = _filled(str(port)).partition("/")
        *before, _inside = text.split(":")
        text = before[-1] if before and protocol in ("", "tcp") else ""
    text = _filled(text)
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 65_536 else 0


def _filled(text: str) -> str:
    """`${PORT:-8000}` as its default; a variable without one is unknown."""
    return _VARIABLE.sub(lambda found: found[2] or "", text)


def _databases(services: Mapping[str, dict[str, Any]], source: str) -> Iterator[FoundDatabase]:
    for name, service in services.items():
        kind = _kind(name, service)
        if kind:
            variable = next(_variables(services, name), "")
            yield FoundDatabase(id=name, kind=kind, variable=variable, source=f"{name} in {source}")


def _image(service: dict[str, Any]) -> str:
    """The image's own name: `docker.io/library/postgres:18` → `postgres`."""
    return str(service.get("image") or "").split("@")[0].rsplit("/", 1)[-1].partition(":")[0]


def _kind(name: str, service: dict[str, Any]) -> str:
    """What kind of database a service is; one without an image is built here, and is none."""
    image = _image(service)
    if "exporter" in image:
        return ""
    return next((kind for kind, pattern in _KINDS.items() if image and re.search(pattern, image)), "")


def _variables(services: Mapping[str, dict[str, Any]], database: str) -> Iterator[str]:
    """Names of variables whose value is a URL with the database's name as host."""
    for service in services.values():
        environment = service.get("environment")
        pairs = (
            [(str(key), str(value)) for key, value in environment.items()]
            if isinstance(environment, dict)
            else [str(entry).partition("=")[::2] for entry in environment or ()]
            if isinstance(environment, list)
            else []
        )
        for key, value in pairs:
            if re.fullmatch(r"[A-Za-z_]\w*", key) and re.search(
                rf"://(?:[^/@]*@)?{re.escape(database)}(?:[:/]|$)", value
            ):
                yield key
