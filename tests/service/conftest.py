"""The world around a real service: what it watches, and whom it pages."""

from collections.abc import Iterator

import pytest

from tests.service.scene import Phone, Target


@pytest.fixture
def target() -> Iterator[Target]:
    made = Target()
    yield made
    made.close()


@pytest.fixture
def phone() -> Iterator[Phone]:
    made = Phone()
    yield made
    made.close()
