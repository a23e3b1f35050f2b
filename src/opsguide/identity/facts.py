"""What happens to accounts, as it stands on the ledger: opaque ids, never a name, an address or a secret."""

from ..kernel.clock import Instant
from ..kernel.facts import Data, FactTypes

FACTS = FactTypes()


class Place(Data, frozen=True):
    """Whence: the address of a client. Personal, beside the chain."""

    address: str


class About(Data, frozen=True):
    """The names of an account at that time. Personal, beside the chain."""

    name: str
    shown: str


@FACTS.register("identity.account_added", personal=About)
class AccountAdded(Data, frozen=True):
    """`person` is the id of the bindings for whom it acts, "" for none."""

    account: str
    person: str


@FACTS.register("identity.account_changed", personal=About)
class AccountChanged(Data, frozen=True):
    """Its shown name, or the person for whom it acts."""

    account: str
    person: str


@FACTS.register("identity.account_disabled")
class AccountDisabled(Data, frozen=True):
    """It opens nothing any more: its sessions ended, its tokens count no more."""

    account: str


@FACTS.register("identity.account_enabled")
class AccountEnabled(Data, frozen=True):
    account: str


@FACTS.register("identity.account_deleted")
class AccountDeleted(Data, frozen=True):
    """Its rows are gone; what it did stays, under an id that leads to nobody."""

    account: str


@FACTS.register("identity.role_changed")
class RoleChanged(Data, frozen=True):
    """`team` is "" for everywhere; `role` is "" where it was taken away, `before` "" where there was none."""

    account: str
    team: str
    role: str
    before: str


@FACTS.register("identity.link_made")
class LinkMade(Data, frozen=True):
    """A one-time link: to make the first admin (no account), or to choose a password."""

    account: str
    expires_at: Instant


@FACTS.register("identity.signed_in", personal=Place)
class SignedIn(Data, frozen=True):
    """`how`: password, code (a second factor), recovery code, link."""

    account: str
    session: str
    how: str


@FACTS.register("identity.sign_in_failed", personal=Place)
class SignInFailed(Data, frozen=True):
    """`account` is "" where the name is none. `untold` failures before it were not recorded: too many at once."""

    account: str
    reason: str
    untold: int = 0


@FACTS.register("identity.locked", personal=Place)
class Locked(Data, frozen=True):
    """So many attempts failed that the next one has to wait."""

    account: str
    until: Instant
    failures: int


@FACTS.register("identity.signed_out", personal=Place)
class SignedOut(Data, frozen=True):
    """Sessions that ended before their time: `reason` is signed out, ended, password changed, disabled, reset."""

    account: str
    sessions: int
    reason: str


@FACTS.register("identity.password_changed")
class PasswordChanged(Data, frozen=True):
    account: str


@FACTS.register("identity.second_factor_added")
class SecondFactorAdded(Data, frozen=True):
    account: str


@FACTS.register("identity.second_factor_removed")
class SecondFactorRemoved(Data, frozen=True):
    account: str


@FACTS.register("identity.recovery_codes_made")
class RecoveryCodesMade(Data, frozen=True):
    """New ones; older ones count no more."""

    account: str
    codes: int


@FACTS.register("identity.token_made")
class TokenMade(Data, frozen=True):
    token: str
    account: str
    scopes: tuple[str, ...]
    expires_at: Instant


@FACTS.register("identity.token_used")
class TokenUsed(Data, frozen=True):
    """For the first time."""

    token: str
    account: str


@FACTS.register("identity.token_revoked")
class TokenRevoked(Data, frozen=True):
    token: str
    account: str
