"""Who may call each route there is."""

import pytest

from opsguide.identity.permissions import NEEDS
from tests.documented import needs


@pytest.mark.parametrize(("route", "declared"), list(needs().items()))
def test_every_route_says_who_may_call_it(route: str, declared: str | None) -> None:
    assert declared in NEEDS, (
        f'{route}: write needs="…" into its decorator, a name of identity/permissions.py'
    )
