"""Pictures of series, drawn on the server: `draw(picture, PLATE)` a chart, `draw(picture, SPARK)` a sparkline.

Pure: the same picture gives the same SVG. Colours come from the page (`currentColor` and the classes of
`console/charts.css`); a file of its own gets them written in (`file`).
"""

from .draw import PLATE, SPARK, Frame, draw
from .file import alone
from .picture import Band, Level, Line, Picture, Tick

__all__ = ["PLATE", "SPARK", "Band", "Frame", "Level", "Line", "Picture", "Tick", "alone", "draw"]
