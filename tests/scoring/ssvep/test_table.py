import pandas as pd
import pytest

from videeg_pipe.runtime.files import write_json
from videeg_pipe.scoring.ssvep.table import tabulate_ssvep


def row(training: str, *correct: float) -> dict:
    return {"decoder": "cca", "training": training, "correct": list(correct), "windows": 40}


def test_the_table_compares_person_by_person(tmp_path):
    snr = [{"hz": 13.0, "real": 3.0, "generated": 2.0, "real_harmonics": [1.5],
            "generated_harmonics": [1.2]}]  # fmt: skip
    people = {
        "a": [row("generated", 1, 1, 0, 0), row("others", 1, 0, 0, 0), row("own-8", 1, 1, 1, 0),
              row("own-8+generated", 1, 1, 1, 1)],
        "b": [row("generated", 1, 1, 1, 0), row("others", 1, 1, 0, 0), row("own-8", 0, 0, 0, 0),
              row("own-8+generated", 1, 0, 0, 0)],
    }  # fmt: skip
    for name, rows in people.items():
        write_json(tmp_path / f"{name}.json", {"rows": rows, "chance": 0.25, "snr": snr})
    scores = [(name, tmp_path / f"{name}.json") for name in people]
    tabulate_ssvep(scores, table=tmp_path / "t.csv", snr=tmp_path / "snr.csv")
    table = pd.read_csv(tmp_path / "t.csv").set_index("training")
    assert table["accuracy"].to_dict() == pytest.approx(
        {"generated": 0.625, "others": 0.375, "own-8": 0.375, "own-8+generated": 0.625}
    )
    assert (table["windows"] == 40).all()
    assert table.loc["generated", "compared_with"] == "others"
    assert table.loc["own-8+generated", "compared_with"] == "own-8"
    assert table.loc["own-8+generated", "difference"] == pytest.approx(0.25)
    assert table.loc["generated", ["a", "b"]].tolist() == [0.5, 0.75]
    assert (table["chance"] == 0.25).all() and (table["people"] == 2).all()
    ratios = pd.read_csv(tmp_path / "snr.csv")
    assert list(ratios.columns) == ["subject", "hz", "real", "generated", "real_2", "generated_2"]
