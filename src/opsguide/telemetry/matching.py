"""Which series does a selector mean?"""

from collections.abc import Callable, Iterable

from opsguide.kernel.matching import Matcher

from .labels import Labels


def tester(matchers: Iterable[Matcher]) -> Callable[[Labels], bool]:
    """Whether a label set fulfils all matchers."""
    tests = [(matcher.name, matcher.test()) for matcher in matchers]

    def fulfils(labels: Labels) -> bool:
        values = dict(labels)
        return all(test(values.get(name, "")) for name, test in tests)

    return fulfils
