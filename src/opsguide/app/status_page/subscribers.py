"""Who wants to be told: a table that can forget. On the ledger stands only that a message was due."""

import hashlib
import hmac
import os
import threading
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, TypeAlias

import apsw
from msgspec import Struct

from ...identity import secret
from ...kernel.clock import Instant, after
from ...kernel.errors import OpsguideError
from ...kernel.statements import named

FILE = "subscribers.sqlite"
"""The file of the data directory."""

UNCONFIRMED_SECONDS = 48 * 3600.0
DELIVERIES_SECONDS = 7 * 86_400.0

PAUSED_AFTER = 5
"""So many messages in a row that somebody did not take: nothing more is sent until they ask for it again."""

PAUSED_SECONDS = 30 * 86_400.0
"""Who was paused for so long is forgotten."""

Kind: TypeAlias = Literal["mail", "webhook"]
Purpose: TypeAlias = Literal["confirm", "unsubscribe"]
Stand: TypeAlias = Literal["asked", "told", "failing", "paused"]
"""Asked and not confirmed; gets every message; did not take the last ones; gets none until asked again."""

SQL: Mapping[str, str] = named((files(__package__) / "sql" / "subscribers.sql").read_text(encoding="utf-8"))
SET_UP = "pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on; pragma foreign_keys = on;"


class Subscriber(Struct, frozen=True):
    """`secret` signs what a webhook gets; `confirmed_at` is 0 until then.

    `failures` are messages in a row that were not taken, `problem` is why the last of them was not, at `failed_at`.
    """

    id: str
    kind: Kind
    address: str
    secret: str
    asked_at: Instant
    confirmed_at: Instant
    failures: int = 0
    failed_at: Instant = 0
    problem: str = ""

    @property
    def stand(self) -> Stand:
        if not self.confirmed_at:
            return "asked"
        if self.failures >= PAUSED_AFTER:
            return "paused"
        return "failing" if self.failures else "told"

    @property
    def is_told(self) -> bool:
        return self.stand in ("told", "failing")


class Subscribers:
    """One file; `path` None keeps all in memory, for tests. `key` signs the links of messages."""

    def __init__(self, path: Path | None, key: bytes) -> None:
        self._lock, self._key = threading.RLock(), key
        try:
            if path is not None:
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = apsw.Connection(str(path) if path is not None else ":memory:")
            self._db.set_busy_timeout(5_000)
            self._db.execute(SET_UP).fetchall()
            self._db.execute(SQL["schema"]).fetchall()
        except (apsw.Error, OSError) as error:
            raise OpsguideError(
                f"the subscribers cannot be opened ({error})",
                where=str(path),
                hint="let the user that runs opsguide write to this folder; a damaged file comes back from a backup",
            ) from error

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _all(self, name: str, values: Any) -> list[Subscriber]:
        with self._lock:
            return [Subscriber(*row) for row in self._db.execute(SQL[name], values)]

    def _do(self, name: str, values: Any) -> int:
        with self._lock:
            self._db.execute(SQL[name], values).fetchall()
            return self._db.changes()

    def ask(self, kind: Kind, address: str, now: Instant) -> Subscriber:
        """Whoever has this address, from now on or already; that is no confirmation."""
        fresh = {
            "id": secret.opaque("s"),
            "kind": kind,
            "address": address,
            "secret": secret.fresh("ogw_"),
            "now": now,
        }
        self._do("add", fresh)
        (found,) = self._all("by_address", (kind, address))
        return found

    def asked(self, one: Subscriber, now: Instant) -> None:
        """They were sent a link to confirm by."""
        self._do("asked_again", {"id": one.id, "now": now})

    def find(self, name: str) -> Subscriber | None:
        return next(iter(self._all("one", (name,))), None)

    def confirm(self, one: Subscriber, now: Instant) -> None:
        """They get every message that is decided from now on. Nothing changes for who gets them already."""
        with self._lock:
            if self._do("confirm", {"id": one.id, "now": now, "most": PAUSED_AFTER}):
                self._do("well", (one.id,))

    def delete(self, one: Subscriber) -> None:
        """Nothing is left of them."""
        self._do("delete", (one.id,))

    def all(self) -> list[Subscriber]:
        return self._all("all", ())

    def waiting(self, message: str, decided: Instant) -> list[Subscriber]:
        """Who is to get a message yet that was decided then."""
        return self._all("waiting", {"message": message, "decided": decided, "most": PAUSED_AFTER})

    def told(self, message: str, kind: Kind) -> int:
        """How many got it."""
        with self._lock:
            ((count,),) = self._db.execute(SQL["told"], {"message": message, "kind": kind})
            return int(count)

    def delivered(self, one: Subscriber, message: str, now: Instant) -> None:
        """They took it, so that what failed before counts no more."""
        self._do("delivered", {"id": one.id, "message": message, "now": now})
        self._do("well", (one.id,))

    def failed(self, one: Subscriber, message: str, now: Instant, problem: str, *, final: bool) -> None:
        """They did not take it; `final`: and are not asked again to take this one."""
        values = {"id": one.id, "message": message, "now": now, "problem": problem, "final": int(final)}
        self._do("failed", values)

    def tidy(self, now: Instant) -> None:
        """Forget who never confirmed, who was paused for long, and what was delivered long ago."""
        self._do("expire", (after(now, -UNCONFIRMED_SECONDS),))
        self._do("expire_paused", {"most": PAUSED_AFTER, "before": after(now, -PAUSED_SECONDS)})
        self._do("forget_deliveries", (after(now, -DELIVERIES_SECONDS),))

    def token(self, one: Subscriber, purpose: Purpose) -> str:
        """What a link of theirs ends with: proves that they got the message, and needs no row of its own."""
        return f"{one.id}.{self._signature(one.id, purpose)}"

    def by_token(self, token: str, purpose: Purpose) -> Subscriber | None:
        """Whose token it is; None where it is forged, or they are gone."""
        name, _, signature = token.partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(name, purpose).encode()):
            return None
        return self.find(name)

    def _signature(self, name: str, purpose: Purpose) -> str:
        said = f"status/{purpose}/{name}".encode()
        return hmac.new(self._key, said, hashlib.sha256).hexdigest()[:32]
