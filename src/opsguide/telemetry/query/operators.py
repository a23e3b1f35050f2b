"""Binary operators: between numbers, vector and number, and vectors matched by their labels."""

from collections.abc import Callable

from opsguide.telemetry import labels as label
from opsguide.telemetry.labels import Labels

from .arithmetic import ARITHMETIC, COMPARISONS
from .scope import Scope
from .syntax import Binary, Matching
from .values import METADATA, Element, Value, Vector

SET_OPERATORS = frozenset({"and", "or", "unless"})


def binary(node: Binary, scope: Scope) -> Value:
    left, right = scope.value(node.lhs), scope.value(node.rhs)
    match left, right:
        case float(), float():
            if node.op in COMPARISONS:
                return float(COMPARISONS[node.op](left, right))
            return ARITHMETIC[node.op](left, right)
        case list(), float():
            return _with_number(node, left, lambda value: (value, right), keep=0)
        case float(), list():
            return _with_number(node, right, lambda value: (left, value), keep=1)
        case list(), list():
            if node.op in SET_OPERATORS:
                return _set_operation(node.op, left, right, node.matching)
            return _Matched(node, scope).vectors(left, right)
    raise scope.error(f"{node.op} stands between what are no vectors or numbers")


def _with_number(
    node: Binary, vector: Vector, sides: Callable[[float], tuple[float, float]], keep: int
) -> Vector:
    """A vector with a number on its other side. `keep`: the side whose value a comparison keeps, the vector's."""
    if node.op in ARITHMETIC:
        compute = ARITHMETIC[node.op]
        return [element._replace(value=compute(*sides(element.value)), drop_name=True) for element in vector]
    holds = COMPARISONS[node.op]
    if node.returns_bool:
        return [
            element._replace(value=float(holds(*sides(element.value))), drop_name=True) for element in vector
        ]
    return [
        element._replace(value=sides(element.value)[keep])
        for element in vector
        if holds(*sides(element.value))
    ]


def signature(matching: Matching) -> Callable[[Labels], Labels]:
    """The labels by which the two sides find each other."""
    if matching.on:
        return lambda labels: label.only(labels, matching.labels)
    ignored = (*matching.labels, *METADATA)
    return lambda labels: label.without(labels, ignored)


def _set_operation(op: str, left: Vector, right: Vector, matching: Matching) -> Vector:
    sign = signature(matching)
    if op == "or":
        here = {sign(element.labels) for element in left}
        return left + [element for element in right if sign(element.labels) not in here]
    there = {sign(element.labels) for element in right}
    return [element for element in left if (sign(element.labels) in there) == (op == "and")]


def result_labels(node: Binary, many: Labels, one: Labels) -> Labels:
    """The labels of what two matched elements come to."""
    if node.op in ARITHMETIC:
        many = label.without(many, METADATA)
    if node.matching.card == "one-to-one":
        keep = label.only if node.matching.on else label.without
        many = keep(many, node.matching.labels)
    for name in node.matching.include:
        many = label.replaced(many, name, label.get(one, name))
    return many


class _Matched:
    """One-to-one and many-to-one. For one-to-many the sides are swapped, and swapped back for the computation."""

    def __init__(self, node: Binary, scope: Scope) -> None:
        self._node = node
        self._scope = scope
        self._matching = node.matching
        self._swapped = node.matching.card == "one-to-many"
        self._signature = signature(node.matching)

    def vectors(self, left: Vector, right: Vector) -> Vector:
        if not left or not right:
            return []
        many, one = (right, left) if self._swapped else (left, right)
        ones = self._by_signature(one)
        taken: dict[Labels, set[Labels]] = {}
        result: Vector = []
        for element in many:
            signature = self._signature(element.labels)
            other = ones.get(signature)
            if other is None:
                continue
            labels = result_labels(self._node, element.labels, other.labels)
            self._claim(taken, signature, labels)
            made = self._compute(element, other, labels)
            if made is not None:
                result.append(made)
        return result

    def _by_signature(self, one: Vector) -> dict[Labels, Element]:
        found: dict[Labels, Element] = {}
        for element in one:
            signature = self._signature(element.labels)
            if signature in found:
                twins = sorted((element.labels, found[signature].labels))
                side = "left" if self._swapped else "right"
                raise self._scope.error(
                    f"found duplicate series for the match group {label.text(signature)} on the {side} hand-side "
                    f"of the operation: [{', '.join(map(label.text, twins))}];many-to-many matching not allowed: "
                    "matching labels must be unique on one side"
                )
            found[signature] = element
        return found

    def _claim(self, taken: dict[Labels, set[Labels]], signature: Labels, labels: Labels) -> None:
        """Refuse a second result for the same match, also where a comparison filters the first away."""
        if self._matching.card == "one-to-one":
            if signature in taken:
                raise self._scope.error(
                    "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
                )
            taken[signature] = set()
            return
        results = taken.setdefault(signature, set())
        if labels in results:
            raise self._scope.error("multiple matches for labels: grouping labels must ensure unique matches")
        results.add(labels)

    def _compute(self, element: Element, other: Element, labels: Labels) -> Element | None:
        left, right = element.value, other.value
        if self._swapped:
            left, right = right, left
        if self._node.op in ARITHMETIC:
            return Element(labels, ARITHMETIC[self._node.op](left, right))
        holds = COMPARISONS[self._node.op](left, right)
        if self._node.returns_bool:
            return Element(labels, float(holds), True)
        return Element(labels, left, element.drop_name) if holds else None
