"""The windows that a generator of a share may see."""

from pathlib import Path

from videeg_pipe.contracts.tables import read_table, write_table
from videeg_pipe.models.decoders.files import training_share


def cut_share(share: float, people: list[str], *, cut: Path, clips_cut: Path, out: Path) -> None:
    """Write the windows of the earliest training clips of some people, and no others.

    Scales, graphs and generator of the share are fitted to this table. It has no window of
    validation or test, so that none of them can see one.

    Args:
        share: Percent of each person's training clips.
        people: Whose windows are kept.
        cut: The `cut` table.
        clips_cut: The `clips_cut` table.
        out: Path of the table, of kind `cut`.
    """
    clips = training_share(read_table(clips_cut, "clips_cut"), people, share / 100)
    windows = read_table(cut, "cut")
    kept = windows[windows["clip_id"].isin(clips["clip_id"])]
    write_table(out, "cut", kept)
