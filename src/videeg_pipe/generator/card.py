"""The model card of a generator's folder."""

from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from videeg_pipe.contracts.generator_folder import ignores_descriptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.sources.registry import SOURCES


def write_card(
    path: Path, record: dict[str, Any], model: dict[str, Any], layout: EegLayout
) -> None:
    """Write README.md.

    Args:
        path: The file.
        record: Content of generator.json.
        model: Content of model.json.
        layout: Electrodes, rate and people.
    """
    template = resources.files("videeg_pipe.generator").joinpath("model_card.md.j2")
    environment = jinja2.Environment(autoescape=True, keep_trailing_newline=True)
    text = environment.from_string(template.read_text(encoding="utf-8")).render(
        **{"adapted": {}, **record},
        layout=layout,
        simulated=record["source"] in SOURCES and SOURCES[record["source"]].simulated,
        model=model,
        ignores_descriptions=ignores_descriptions(record),
    )
    path.write_text(text, encoding="utf-8")
