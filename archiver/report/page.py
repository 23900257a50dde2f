"""One HTML file that needs nothing else: no script, no address, no font, and text in it is only ever text.

Whatever is put into a page passes through `visible.safe` and is escaped, in this order, by the one environment here; a
browser that honours the policy in the head would load and run nothing anyway.
"""

import base64
import hashlib
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from archiver.model.visible import safe

_PAGES = files("archiver.report") / "pages"


def page(name: str, **values: object) -> bytes:
    """Return the page that the template `name` makes of `values`: UTF-8, the same bytes for the same values."""
    style = _source("style.css")
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    environment = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    template = environment.get_template(name)
    trusted = {"style": Markup(style), "policy": Markup(policy)}  # noqa: S704  # ours, and no value of a case in it
    return template.render(**values, **trusted).encode("utf-8")


def _source(name: str) -> str:
    return (_PAGES / name).read_text("utf-8")


def _visible(value: object) -> object:
    return value if isinstance(value, Markup) else safe(str(value))
