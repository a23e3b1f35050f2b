"""What opsguide costs and how fast it is: `make bench`. A module a subject, `def rows() -> Iterable[Row]`."""

from bench.row import Row

__all__ = ["Row"]
