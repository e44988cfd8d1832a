"""Powers of EEG generated for people outside the training, for docs/real-eeg.md.

`python -m benchmarks.new_people <results>` prints a line per generator and number of windows to
adapt to, after `snakemake people`: means over people, and how many of their powers are in range.
"""

import argparse
from pathlib import Path

import pandas as pd

from videeg_pipe.contracts.bands import BANDS

RANGE = (0.7, 1.4)
"""Power over that of the person's test windows that counts as that of the person."""


def markdown_lines(table: pd.DataFrame) -> list[str]:
    """Return the table's lines in Markdown.

    Args:
        table: evaluation/people.csv; rows of people and of their mean.
    """
    powers = [f"power_{band}" for band in BANDS]
    lines = ["| generator | windows | " + ", ".join(BANDS) + " | covariance error | in range |"]
    lines.append("|---" * 5 + "|")
    of_people = table[table["subject"] != "mean"]
    for _, mean in table[table["subject"] == "mean"].iterrows():
        own = of_people[of_people["generator"] == mean["generator"]]
        if not pd.isna(mean["n_windows"]):  # people of the training have different numbers
            own = own[own["n_windows"] == mean["n_windows"]]
        inside = own[powers].apply(lambda column: column.between(*RANGE))
        windows = "" if pd.isna(mean["n_windows"]) else f"{mean['n_windows']:g}"
        values = " ".join(f"{mean[name]:.2f}" for name in powers)
        error, low, high = (mean[f"covariance_error{end}"] for end in ("", "_low", "_high"))
        interval = "" if pd.isna(low) else f" [{low:.2f}, {high:.2f}]"
        lines.append(
            f"| {mean['generator']} | {windows} | {values} | {error:.2f}{interval} | "
            f"{inside.to_numpy().sum()} of {inside.size} |"
        )
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path)
    results = parser.parse_args().results
    print("\n".join(markdown_lines(pd.read_csv(results / "evaluation" / "people.csv"))))
