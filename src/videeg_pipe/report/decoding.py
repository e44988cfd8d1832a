"""The page of decoded videos, `report/decoding.html`: one self-contained HTML page."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from videeg_pipe.contracts.decoding import Reconstruction, listed_folders
from videeg_pipe.contracts.pictures import PictureStore
from videeg_pipe.contracts.scores import section_scores
from videeg_pipe.contracts.tables import read_parquet
from videeg_pipe.report import published
from videeg_pipe.report.contact_sheet import Sheets, contact_sheets
from videeg_pipe.report.decoding_ablations import difference_tables
from videeg_pipe.report.decoding_tables import about, described, group_tables, score_part
from videeg_pipe.report.decoding_verdict import ASKED, beats_lookup
from videeg_pipe.report.environment import page_environment
from videeg_pipe.report.provenance import versions
from videeg_pipe.runtime.files import atomic_path, read_record
from videeg_pipe.sources.registry import SOURCES

ORDERED_BY = "identify_all.vae"
"""Score that orders the contact sheets."""
_TITLE = "Video decoded from EEG"


def write_decoding_page(
    *,
    scores: Path,
    clips: Path,
    rows: list[Path],
    pictures: Path,
    seed: int,
    source: str,
    out: Path,
) -> None:
    """Read the scores and reconstructions of all rows and write the page.

    Args:
        scores: `decoding.json`.
        clips: `decoding.parquet`.
        rows: List of the rows of each decoder.
        pictures: Folder of the `PictureStore`.
        seed: The run's seed.
        source: Kind of the run's source.
        out: The HTML page.

    Raises:
        UserError: if an input is missing or damaged.
    """
    found = read_record(scores)
    store = PictureStore(pictures)
    listed: dict[str, Path] = {}
    for record in rows:
        listed |= listed_folders(record)
    made = {name: Reconstruction(listed[name]) for name in found["rows"]}
    values = read_parquet(clips)
    sheets = contact_sheets(made, store, values, ORDERED_BY)
    stimuli = store.stimuli()
    frames = store.array("frames").shape
    facts = {
        "n_test": int((stimuli["split"] == "test").sum()),
        "n_decoded": int(values["stimulus_id"].nunique()),
        "n_training": int((stimuli["split"] == "train").sum()),
        "n_concepts": int(stimuli.loc[stimuli["split"] == "test", "concept"].nunique()),
        "frames": frames[1],
        "size": f"{frames[3]} x {frames[2]}",
    }
    page = render_decoding_page(found, facts, sheets, seed=seed, source=source)
    with atomic_path(out) as temporary:
        temporary.write_text(page, encoding="utf-8")


def render_decoding_page(
    scores: Mapping[str, Any], facts: Mapping[str, Any], sheets: Sheets, *, seed: int, source: str
) -> str:
    """Render the page.

    Args:
        scores: decoding.json.
        facts: Counts of stimuli and frames.
        sheets: All contact sheets.
        seed: The run's seed.
        source: Kind of the run's source.

    Returns:
        The HTML page. All text is escaped, and no script runs.
    """
    known = SOURCES.get(source)
    groups = group_tables(scores)
    first = next((name for name, row in scores["rows"].items() if row["kind"] == "decoder"), None)
    return (
        page_environment()
        .get_template("decoding.html.j2")
        .render(
            title=_TITLE,
            scores=scores,
            facts=facts,
            sheets=sheets,
            seed=seed,
            source=source if known is None else known.description,
            simulated=known is not None and known.simulated,
            groups=groups,
            decoders=described(scores),
            about=about,
            ablations=difference_tables(scores["ablations"]),
            adaptations=difference_tables(scores["adaptations"]),
            verdict=beats_lookup(scores),
            asked=[score_part(name).label for name in ASKED],
            ordered_by=score_part(ORDERED_BY).label,
            unfolded=first,
            published=published,
            catalogue=section_scores("decoding"),
            versions=versions(),
        )
    )
