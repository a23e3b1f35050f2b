"""How what something is called stands in a sentence."""

import pytest

from opsguide.kernel.words import capital


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("over its limit", "Over its limit"),
        ("p95 is high", "p95 is high"),
        ("error_rate is", "error_rate is"),
        ("reverted, then restarted", "Reverted, then restarted"),
        ("", ""),
    ],
)
def test_names_keep_their_case_at_the_start_of_a_sentence(text: str, said: str) -> None:
    assert capital(text) == said
