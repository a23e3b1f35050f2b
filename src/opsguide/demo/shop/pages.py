"""The shop's front page: one page, no script, readable on a phone."""

from collections.abc import Sequence
from html import escape

from .stock import Product

FAVICON = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#123a52"/>
<path d="M6 20q5 4 10 0t10 0M6 25q5 4 10 0t10 0" fill="none" stroke="#8fd0e8" stroke-width="2"/>
<path d="M16 5v12M16 6l7 10h-7z" fill="#fff" stroke="#fff" stroke-linejoin="round"/>
</svg>
"""

# Drawn here, since few servers have a font with coloured signs.
_DRAWINGS = {
    "mug": "M7 11h14v13a4 4 0 0 1-4 4h-6a4 4 0 0 1-4-4zM21 14h3a3 3 0 0 1 0 8h-3M11 3v4M16 3v4",
    "scarf": "M9 4h14l-3 6h-8zM12 10l-4 18h7l3-18M18 14l6 12-5 2-4-8",
    "torch": "M11 4h10v6l-2 4v14h-6V14l-2-4zM11 9h10M16 18v3",
    "log": "M8 4h16v24H8zM12 4v24M16 10h5M16 15h5",
    "knot": "M4 22c10 0 10-14 16-14a5 5 0 0 1 0 10C14 18 14 8 8 8a4 4 0 0 0 0 8c8 0 10 8 20 8",
    "compass": "M16 4a12 12 0 1 0 .01 0M20 11l-2 7-6 3 2-7zM16 4v2M16 26v2",
}

_STYLE = """
:root { color-scheme: light dark;
  --ink: #14303f; --paper: #f6f3ec; --card: #fff; --line: #d9d3c6; --sea: #1c6b8c }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4ecf0; --paper: #0f1b22; --card: #16262f; --line: #2a3c46; --sea: #7cc4e0 }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main, header { max-width: 62rem; margin: auto; padding: 1.5rem }
header { padding-top: 3rem }
h1 { margin: 0; font-size: 2.2rem; letter-spacing: -.02em }
header p, .about { margin: .25rem 0 0; opacity: .75 }
header .notice { margin-top: 1rem; padding: .6rem 1rem; border-left: 4px solid var(--sea);
  background: var(--card); opacity: 1 }
ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem;
  margin: 0; padding: 0 }
li { display: flex; flex-direction: column; padding: 1.25rem; border: 1px solid var(--line);
  border-radius: 12px; background: var(--card); list-style: none }
.picture { width: 2.5rem; fill: none; stroke: var(--sea); stroke-width: 1.6;
  stroke-linecap: round; stroke-linejoin: round }
h2 { margin: .6rem 0 0; font-size: 1.05rem }
form { display: flex; justify-content: space-between; align-items: center;
  margin-top: auto; padding-top: 1rem }
.price { font-variant-numeric: tabular-nums; font-weight: 600 }
button { padding: .4rem 1rem; border: 0; border-radius: 999px; background: var(--sea);
  color: var(--paper); font: inherit; cursor: pointer }
small { opacity: .7 }
"""


def front_page(products: Sequence[Product], notice: str = "", script: str = "") -> str:
    """The whole page. `notice` is a line about what just happened, `script` the address of one that measures it."""
    items = "".join(_item(product) for product in products)
    measured = f'<script defer src="{escape(script)}"></script>\n' if script else ""
    told = f'<p class="notice" role="status">{escape(notice)}</p>' if notice else ""
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Harbour</title>
<link rel="icon" href="/favicon.svg">
<style>{_STYLE}</style>
{measured}</head>
<body>
<header>
<h1>Harbour</h1>
<p>Small things for people on watch. A demo shop: nothing is charged or sent.</p>
{told}
</header>
<main>
<ul>
{items}</ul>
</main>
</body>
</html>
"""


def _item(product: Product) -> str:
    return f"""\
<li>
<svg class="picture" viewBox="0 0 32 32" aria-hidden="true"><path d="{_DRAWINGS[product.picture]}"/></svg>
<h2>{escape(product.name)}</h2>
<p class="about">{escape(product.about)}</p>
<form method="post" action="/checkout">
<span><span class="price">{product.cents / 100:.2f} €</span> <small>{product.stock} left</small></span>
<button name="product" value="{product.id}">Buy<span hidden> {escape(product.name)}</span></button>
</form>
</li>
"""
