"""Decoders of a flicker on the page."""

import pandas as pd
import pytest

from tests.report.pages import text_of, write
from videeg_pipe.report.flicker_decoders import read_flicker_decoders
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import write_json
from videeg_pipe.scoring.ssvep.table import tabulate_ssvep

ACCURACIES = {"generated": (0.5, 0.75), "others": (0.75, 1.0), "own-8": (0.5, 1.0)}
"""Of two people."""


@pytest.fixture
def table(tmp_path):
    """ssvep.csv as the workflow writes it."""
    files = []
    for person in (0, 1):
        rows = [
            {"decoder": name, "training": training, "windows": [9], "correct": [of[person]]}
            for name in ("cca", "<b>odd</b>")
            for training, of in ACCURACIES.items()
        ]
        files.append((f"sub{person}", tmp_path / f"{person}.json"))
        write_json(files[-1][1], {"rows": rows, "chance": 0.25, "snr": []})
    tabulate_ssvep(files, table=tmp_path / "ssvep.csv", snr=tmp_path / "snr.csv")
    return tmp_path / "ssvep.csv"


def test_accuracies_stand_by_training_set_with_their_difference(table):
    found = read_flicker_decoders(table)
    assert (found.decoders, found.people, found.chance) == (["cca", "<b>odd</b>"], 2, "0.250")
    assert list(found.rows) == list(ACCURACIES)
    cell = found.rows["generated"][0]
    assert cell.text == "0.625" and len(cell.under) == 2
    assert cell.under[1].startswith("−0.250") and cell.under[1].endswith("against others")
    assert len(found.rows["others"][0].under) == 1  # its interval alone


def test_a_difference_is_sure_if_its_interval_excludes_zero(table):
    frame = pd.read_csv(table)
    own = frame["training"] == "generated"
    frame.loc[own, ["difference", "difference_low", "difference_high"]] = 0.1, 0.05, 0.15
    frame.to_csv(table, index=False)
    cell = read_flicker_decoders(table).rows["generated"][0]
    assert cell.sure and cell.under[1] == "+0.100 [0.050, 0.150] against others"
    assert not read_flicker_decoders(table).rows["own-8"][0].sure


def test_the_page_shows_the_table_where_it_exists(scores, table):
    page = text_of(scores, ssvep=read_flicker_decoders(table))
    assert 'id="ssvep"' in page and "&lt;b&gt;odd" in page and "<b>odd" not in page
    assert 'href="#ssvep"' in page
    assert "#ssvep" not in text_of(scores)


def test_a_page_is_written_with_the_tables_of_real_recordings(scored, table, comparison):
    real = comparison.rename(comparison.with_name("real.csv"))
    page = write(scored, tables=[real, table])
    assert "Beside a linear encoding model" in page and "evaluation/real.csv" in page
    assert "<code>snakemake real</code> updates it" in " ".join(page.split())
    assert "Each of 2 people was left out" in page
    assert "snakemake compare makes it" in page


def test_a_table_without_a_column_is_refused(table):
    pd.read_csv(table).drop(columns="accuracy").to_csv(table, index=False)
    with pytest.raises(UserError, match="accuracy"):
        read_flicker_decoders(table)
