"""Arithmetic as IEEE 754 and Go have it, where Python raises; and sums that keep their small terms."""

import math
from collections.abc import Callable, Iterable

import numpy as np


def divide(left: float, right: float) -> float:
    if right != 0:
        return left / right
    if left == 0 or math.isnan(left) or math.isnan(right):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def modulo(left: float, right: float) -> float:
    """The remainder with the sign of the left side."""
    if right == 0 or math.isinf(left) or math.isnan(left) or math.isnan(right):
        return math.nan
    return math.fmod(left, right)


def power(left: float, right: float) -> float:
    with np.errstate(all="ignore"):
        return float(np.power(np.float64(left), np.float64(right)))


ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": divide,
    "%": modulo,
    "^": power,
    "atan2": math.atan2,
}

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    ">": lambda left, right: left > right,
    "<": lambda left, right: left < right,
    ">=": lambda left, right: left >= right,
    "<=": lambda left, right: left <= right,
}


def compensated(term: float, total: float, lost: float) -> tuple[float, float]:
    """One step of Neumaier's summation: the new total and what rounding lost of it so far."""
    new = total + term
    if math.isinf(new):
        return new, 0.0
    if abs(total) >= abs(term):
        return new, lost + ((total - new) + term)
    return new, lost + ((term - new) + total)


def total(values: Iterable[float]) -> float:
    """The sum, with Neumaier's compensation."""
    result = lost = 0.0
    for value in values:
        result, lost = compensated(value, result, lost)
    return result if math.isinf(result) else result + lost


def mean(values: list[float]) -> float:
    """The mean: the compensated sum divided, and where the sum would overflow, a running mean from there on."""
    result, lost = values[0], 0.0
    running = False
    for count, value in enumerate(values[1:], 2):
        if not running:
            new, new_lost = compensated(value, result, lost)
            if not math.isinf(new):
                result, lost = new, new_lost
                continue
            running = True
            result /= count - 1
            lost /= count - 1
        share = (count - 1) / count
        result, lost = compensated(value / count, share * result, share * lost)
    return result + lost if running else result / len(values) + lost / len(values)


def variance(values: Iterable[float]) -> float:
    """The population variance, by Welford's method with compensated sums."""
    count = 0
    average = average_lost = squares = squares_lost = 0.0
    for value in values:
        count += 1
        delta = value - (average + average_lost)
        average, average_lost = compensated(delta / count, average, average_lost)
        step = delta * (value - (average + average_lost))
        squares, squares_lost = compensated(step, squares, squares_lost)
    return (squares + squares_lost) / count


def quantile(share: float, values: Iterable[float]) -> float:
    """The φ-quantile, linear between neighbours. NaN counts as the smallest value."""
    ascending = sorted(values, key=lambda value: (not math.isnan(value), value))
    if not ascending or math.isnan(share):
        return math.nan
    if share < 0 or share > 1:
        return math.copysign(math.inf, share)
    rank = share * (len(ascending) - 1)
    low = math.floor(rank)
    high = min(len(ascending) - 1, low + 1)
    weight = rank - low
    return ascending[low] * (1 - weight) + ascending[high] * weight


def invalid_share(share: float) -> bool:
    return math.isnan(share) or share < 0 or share > 1
