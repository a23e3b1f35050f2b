"""Everything about who may: one object, made once for the service."""

import hmac
from collections.abc import Mapping

from . import codes, secret
from .accounts import Account, Accounts
from .desk import Desk
from .permissions import Role
from .principal import Principal
from .sessions import Sessions
from .tokens import Tokens

VISITOR = Principal(kind="visitor", roles={"": Role.admin}, shown="Demo visitor", strong=True)
LOCAL = Principal(kind="local", roles={"": Role.admin}, shown="this machine", strong=True)


class Identity:
    """`local` is the secret in the data directory, "" for none; `visitor`: who comes by loopback is signed in.

    `instance` tells cookies of two services on one host apart; `device_key` signs which names signed in on a device.
    """

    def __init__(self, desk: Desk, *, local: str = "", visitor: bool = False) -> None:
        self.desk, self._local, self.visitor = desk, local, visitor
        self.accounts = Accounts(desk)
        self.sessions = Sessions(desk, self.accounts)
        self.tokens = Tokens(desk, self.accounts)
        self.instance = self._kept("instance", secret.opaque("i"))
        self.device_key = self._kept("device key", secret.fresh("")).encode()

    def is_local(self, bearer: str) -> bool:
        """Whether it is the secret of the data directory."""
        return bool(self._local) and hmac.compare_digest(bearer.encode(), self._local.encode())

    def _kept(self, name: str, fresh: str) -> str:
        """A setting, made once for the life of the tables."""
        with self.desk.tables.writing() as writing:
            writing.do("set_setting", name, fresh)
            return str((writing.one("setting", name) or ("",))[0])

    def recovery_codes(self, account: str) -> int:
        """How many are left."""
        return int((self.desk.tables.one("count_recovery_codes", account) or (0,))[0])

    async def reset(self, account: Account, by: str, *, second_factor: bool) -> str:
        """Sessions end, what locks it goes, the second factor too if asked; a link's secret, to choose a password."""
        await self.sessions.unlock(account)
        if second_factor and account.totp:
            await codes.remove(self.desk, account, by)
        await self.accounts.end_sessions(account, "reset", by)
        return await self.accounts.link(account, by)

    def names(self) -> Mapping[str, str]:
        return self.accounts.names()

    async def set_up_link(self) -> str:
        """The secret of a one-time link that makes the first admin; "" where there is one."""
        return "" if self.accounts.has_admin() else await self.accounts.link(None, "opsguide")
