"""Jinja2 as all pages use it: escaped text, strict names, numbers in the page's form."""

import jinja2

from videeg_pipe.report import formatting


def page_environment() -> jinja2.Environment:
    """Return the environment of the templates beside this module."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("videeg_pipe.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": formatting.number,
        "interval": formatting.with_interval,
        "score": formatting.score_text,
        "capitalised": formatting.capitalised,
    }
    return environment
