"""What opsguide costs and how fast it is: `make bench`. One module a subject, `def rows() -> Iterable[Row]`."""

from bench.row import Row

__all__ = ["Row"]
