"""The guide's Markdown as a page: every word of it, in its order, with places for what stands at its lines."""

from .page import Heading, Page, Place
from .typeset import typeset

__all__ = ["Heading", "Page", "Place", "typeset"]
