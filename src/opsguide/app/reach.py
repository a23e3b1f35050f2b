"""How commands reach the running service, and as whom: on the machine itself, or from elsewhere with a token."""

import os
from pathlib import Path
from typing import Any

import httpx
import msgspec
from msgspec import Struct

from ..kernel.errors import OpsguideError, Refused, ServiceUnreachable
from ..service.datadir import address, keep, local

TIMEOUT_SECONDS = 10.0
URL, TOKEN = "OPSGUIDE_URL", "OPSGUIDE_TOKEN"


class Way(Struct, frozen=True):
    """Where the service answers, and what lets the command in. `is_local`: it is the secret of the data directory."""

    url: str
    secret: str
    is_local: bool = False
    hint: str = ""

    def __repr__(self) -> str:
        return f"Way({self.url})"

    def call(self, verb: str, path: str, body: Any = None, *, timeout: float = TIMEOUT_SECONDS) -> Any:
        """What the service answers. Raises Refused with its own words, or ServiceUnreachable."""
        headers = {"authorization": f"Bearer {self.secret}"} if self.secret else {}
        try:
            answer = httpx.request(
                verb, f"{self.url}/api/v1/{path}", json=body, headers=headers, timeout=timeout
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServiceUnreachable(f"{self.url} does not answer: {error}", hint=self.hint) from None
        if answer.is_success:
            return answer.json()
        problem = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        raise Refused(
            str(
                problem.get("detail") or problem.get("title") or f"the service answered {answer.status_code}"
            ),
            reason=str(problem.get("type", answer.status_code)),
            hint=_hint(answer.status_code, problem),
        )


def _hint(status: int, problem: dict[str, Any]) -> str:
    if status == 401:
        return f"opsguide login URL, or set {TOKEN}; on the machine itself, as the user that runs the service, neither"
    return str(problem.get("hint", ""))


def way(data: Path) -> Way:
    """The environment's, else the data directory's, else where `opsguide login` was. Raises ServiceUnreachable."""
    url, token = os.environ.get(URL, ""), os.environ.get(TOKEN, "")
    if url:
        return Way(url.rstrip("/"), token, hint=f"{URL} names it")
    try:
        service = address(data)
    except ServiceUnreachable:
        kept = logged_in()
        if kept is None:
            raise
        return Way(kept.url, token or kept.secret, hint="opsguide login was there")
    hint = f"its process is {service.pid}; start it again with opsguide serve GUIDE --data {data}"
    secret = local(data)
    return Way(service.url, token or secret, is_local=bool(secret) and not token, hint=hint)


# What `opsguide login` keeps


def _file() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(home) if home else Path.home() / ".config") / "opsguide" / "login.json"


def logged_in() -> Way | None:
    """Where this user logged in, None where nowhere. Raises OpsguideError for a file that cannot be read."""
    path = _file()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Way)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise OpsguideError(
            f"cannot be read: {error}", where=str(path), hint="opsguide login again"
        ) from None


def remember(found: Way) -> Path:
    """Keep it for this user alone."""
    path = _file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    keep(path, msgspec.json.encode(found))
    return path


def forget() -> bool:
    """Whether there was something to forget."""
    path = _file()
    was = path.exists()
    path.unlink(missing_ok=True)
    return was
