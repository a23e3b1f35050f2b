"""Accounts in a test's service, and clients that are signed in."""

from typing import Any

from litestar.testing import TestClient

from opsguide.identity.accounts import Account
from opsguide.identity.permissions import Role
from opsguide.identity.sessions import Client, Opened
from tests.web.served import Served, settled

BASE = "http://127.0.0.1:8470"
HERE = Client("127.0.0.1", "a test")


def an_account(
    served: Served, name: str, role: Role | None = None, *, team: str = "", person: str = ""
) -> Account:
    """An account with a role and no password (hashing one takes a tenth of a second)."""
    accounts = served.identity.accounts
    account = settled(accounts.add(name, name.capitalize(), person, "test"))
    if role is not None:
        settled(accounts.give(account, role, team, "test"))
    with served.tables.writing() as writing:
        writing.do("set_password", {"id": account.id, "password": "none fits"})
    return accounts.get(account.id)


def a_session(served: Served, account: Account, *, strong: bool = False) -> Opened:
    return settled(served.identity.sessions.open(account, "password", HERE, strong=strong))


def cookie_of(served: Served, opened: Opened) -> dict[str, str]:
    return {f"opsguide-{served.identity.instance}": opened.secret}


def signed_in(
    served: Served, role: Role | None = None, *, name: str = "zoe", team: str = "", person: str = ""
) -> TestClient[Any]:
    """A client of somebody with a role, an admin with the second factor; nobody is a visitor any more."""
    served.identity.visitor = False
    account = an_account(served, name, role, team=team, person=person)
    if role is Role.admin:
        with served.tables.writing() as writing:
            writing.do("set_totp", {"id": account.id, "totp": "A" * 32, "step": 0})
    opened = a_session(served, account, strong=role is Role.admin)
    client = TestClient(served.app, base_url=BASE)
    client.cookies.update(cookie_of(served, opened))
    return client


def nobody(served: Served) -> TestClient[Any]:
    """A client that is not signed in."""
    served.identity.visitor = False
    return TestClient(served.app, base_url=BASE)


def rows(served: Served) -> dict[str, list[Any]]:
    """Everything in the tables of accounts that a request could change."""
    tables = [row[0] for row in served.tables.query("select name from sqlite_schema where type = 'table'")]
    return {table: served.tables.query(f"select * from {table}") for table in tables}
