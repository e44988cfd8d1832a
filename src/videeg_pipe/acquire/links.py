"""Download links, whose queries and passwords reach no record, log or report.

Snakemake stores the options of a rule in `.snakemake/metadata`, and passes the configuration to
jobs in files. Both get public links. The whole ones are in the environment of the jobs.
"""

import json
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

VARIABLE = "VIDEEG_DOWNLOAD_LINKS"


def hide_links(links: Mapping[str, str]) -> dict[str, str]:
    """Put links into the environment of this process and those that it starts.

    Args:
        links: `source.urls`, path of a file to its link.

    Returns:
        The same with public links.
    """
    if links:
        os.environ[VARIABLE] = json.dumps(dict(links))
    return {name: public(link) for name, link in links.items()}


def whole_link(name: str, link: str) -> str:
    """Return the hidden link of a file, or `link` if none is hidden."""
    links: dict[str, str] = json.loads(os.environ.get(VARIABLE, "{}"))
    return links.get(name, link)


def public(link: str) -> str:
    """Return a link without user, password, query and fragment."""
    parts = urlsplit(link)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
