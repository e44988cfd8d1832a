"""Files generated from the option models: default config, JSON schema and documentation.

All three derive from the JSON schema of `Config`, so that an option is described in one place.
"""

import json
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from videeg_pipe.config.root import Config
from videeg_pipe.config.words import config_schema, kind, nested_section
from videeg_pipe.runtime.files import atomic_path

CONFIG_YAML = Path("config", "config.yaml")
SCHEMA_JSON = Path("workflow", "schemas", "config.schema.json")
README_MD = Path("config", "README.md")

_WIDTH = 96

_YAML_HEAD = """\
# yaml-language-server: $schema=../workflow/schemas/config.schema.json
#
# Every option with its default; written by `make config` from src/videeg_pipe/config. Do not edit:
# put options that differ into a file of your own and pass it with
#     snakemake --cores 8 all --configfile my.yaml
"""

_README_HEAD = """\
# Configuration

`config.yaml` holds every option with its default; the default run needs no other file. Put options
that differ from the defaults into an overlay, which is merged over them:

    snakemake --cores 8 all --configfile config/bids.yaml
    snakemake --cores 8 all --configfile config/bids.yaml my.yaml    # the later file wins
    snakemake --cores 8 all --config 'train={epochs: 20}'            # one value, for one run

Options given with `--config` are merged over the files option by option. On the command line,
write options in braces, `--config 'train={epochs: 20}'`; dotted names do not work.

Unknown options, wrong types and values out of range stop the run before the first job, with one
line per problem. Values that can only be checked against the data, such as the blocks of a split,
stop the rule that reads the data.

| overlay | content |
|---|---|
| `seed-dv.yaml` | VidEEG-Gen at its paper's size: SEED-DV, CLIP ViT-L/14, one GPU |
| `paper.yaml` | the paper's table of hyperparameters, for any source |
| `bids.yaml` | a BIDS-EEG data set with videos |
| `decode.yaml` | a phantom of eight people, for reconstructing videos from EEG |
| `decode-tiny.yaml` | over it: the smallest run |
| `trials/decode-ablations.yaml` | over `decode.yaml`: SAM-Net without one of its parts |
| `trials/decode-regions.yaml` | over `decode.yaml`: SAM-Net without one region of electrodes |
| `trials/decode-calibration.yaml` | over `decode.yaml`: SAM-Net adapted to new people |
| `trials/decode-calibration-weak.yaml` | over `decode.yaml` and the one before: a weak response |
| `trials/decode-augment.yaml` | over `decode.yaml`: decoders with and without generated EEG |
| `size-tiny.yaml` | a generator of 0.6 M parameters, for any source |
| `size-paper.yaml` | a generator of the paper's size, 24 M parameters, for any source |

The other files of `trials/` are tables of generators, for `compare`, `ablate`, `elbow`, `parts`,
`epsilon` and `real`.

`make config` generates this page, `config.yaml` and `../workflow/schemas/config.schema.json` from
the models in `../src/videeg_pipe/config/`, the only place where options are defined.
"""


def generated() -> dict[Path, str]:
    """Return the text of every generated file, by path relative to the repository."""
    schema = config_schema()
    sections = list(_options(schema, Config().model_dump(mode="json")))
    return {
        CONFIG_YAML: "\n".join([_YAML_HEAD, *_yaml_lines(schema, sections)]) + "\n",
        SCHEMA_JSON: json.dumps(schema, indent=2, ensure_ascii=False) + "\n",
        README_MD: "\n".join([_README_HEAD, *_readme_lines(schema, sections)]) + "\n",
    }


def write(root: Path, files: Mapping[Path, str]) -> list[Path]:
    """Write the outdated ones of `files` under `root` and return their relative paths."""
    outdated = drifted(root, files)
    for path in outdated:
        with atomic_path(root / path) as temporary:
            temporary.write_text(files[path], encoding="utf-8")
    return outdated


def drifted(root: Path, files: Mapping[Path, str]) -> list[Path]:
    """Return relative paths of the `files` that are missing under `root` or outdated there."""
    return [
        path
        for path, text in files.items()
        if not (root / path).is_file() or (root / path).read_text(encoding="utf-8") != text
    ]


def _options(section: Any, defaults: Any) -> Iterator[tuple[str, Any, Any]]:
    for name, option in section["properties"].items():
        yield name, option, defaults[name]


def _yaml_lines(schema: Any, options: Any, depth: int = 0) -> Iterator[str]:
    margin = "  " * depth
    for name, option, default in options:
        if depth < 1:
            yield ""
        section = nested_section(schema, option)
        # pydantic omits a description that equals the section's own
        text = option.get("description") or section["description"]
        if section is None:
            text += f" ({kind(option)})"
        lead = f"{margin}# "
        yield from textwrap.wrap(
            text, _WIDTH, initial_indent=lead, subsequent_indent=lead, break_on_hyphens=False
        )
        if section is None:
            yield f"{margin}{name}: {_value(default)}"
        else:
            yield f"{margin}{name}:"
            yield from _yaml_lines(schema, _options(section, default), depth + 1)


def _readme_lines(schema: Any, options: Any) -> Iterator[str]:
    for name, option, default in options:
        section = nested_section(schema, option)
        yield f"## {name}"
        yield ""
        yield section["description"]
        yield ""
        yield "| option | type and range | default | meaning |"
        yield "|---|---|---|---|"
        yield from _rows(schema, _options(section, default))
        yield ""


def _rows(schema: Any, options: Any, prefix: str = "") -> Iterator[str]:
    for name, option, default in options:
        section = nested_section(schema, option)
        if section is not None:
            yield from _rows(schema, _options(section, default), f"{prefix}{name}.")
            continue
        cells = (f"`{prefix}{name}`", kind(option), f"`{_value(default)}`", option["description"])
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _value(value: Any) -> str:
    """Format a value as one line of YAML."""
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")
