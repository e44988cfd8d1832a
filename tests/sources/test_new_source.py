"""A new source is one folder and one row of the catalogue: here, a .csv file per person."""

import pandas as pd
import pytest

from tests.sources.builders import eeg, write_video
from tests.workflow.clone import make_clone, run_snakemake
from videeg_pipe.contracts.montage import SEED_DV_CHANNELS
from videeg_pipe.runtime.files import read_json

ROW = 'SOURCES["toy"] = SourceSpec("toy", "videeg_pipe.sources.toy", description="", card="")\n'
MODULES = {}
MODULES["listing"] = """from pathlib import Path
def root(config, results): return Path(config.source.path)
def list_subjects(config): return sorted(path.stem for path in root(config, "").glob("*.csv"))
def list_recordings(config):
    return [(name, 1, block) for name in list_subjects(config) for block in (1, 6, 7)]
def list_files(config, results): return sorted(map(str, root(config, results).iterdir()))
def list_side_files(config): return []
"""
MODULES["tables"] = """import pandas as pd
from videeg_pipe.sources.findings import findings_table
from videeg_pipe.sources.participants import participants_table
from videeg_pipe.sources.videos import videos_table
from videeg_pipe.stimuli.video import probe_video
def make_tables(config, root):
    names, film = sorted(path.stem for path in root.glob("*.csv")), root / "film.mp4"
    recordings = pd.DataFrame({"recording_id": names}).assign(
        subject=names, session=1, block=1, path=[str(root / f"{name}.csv") for name in names],
        sfreq=200.0, n_samples=1800, n_channels=62, scale_to_uv=1, sha256="0" * 64, truth_path=None)
    clips = pd.DataFrame({"clip_id": names}).assign(
        recording_id=names, onset_s=1.0, duration_s=2.0, video_id="film", video_start_s=0.0,
        concept_id=1, concept="cat", concept_group=None, emotion=None, caption=None)
    videos = videos_table({film: probe_video(film)}, licence="CC0", redistributable=True)
    people, findings = participants_table(names, root / "participants.tsv")
    return {"recordings": recordings, "clips": clips, "videos": videos, "participants": people,
        "findings": findings_table(findings)}
"""
MODULES["reading"] = """import pandas as pd
from videeg_pipe.contracts.constants import V_PER_UV
from videeg_pipe.contracts.montage import electrode_positions
from videeg_pipe.sources.recording import raw_array
def load_recording(row):
    table = pd.read_csv(row.path)
    names = tuple(table.columns)
    return raw_array(table.to_numpy().T * V_PER_UV, names, electrode_positions(names), row.sfreq)
def load_truth(row, raw): return None
"""


@pytest.mark.slow
def test_a_new_source_goes_through_listing_tables_and_reading(tmp_path):
    sources = make_clone(tmp_path) / "src" / "videeg_pipe" / "sources"
    with (sources / "registry.py").open("a") as registry:
        registry.write(ROW)
    (sources / "toy").mkdir()
    for name, text in MODULES.items():
        (sources / "toy" / f"{name}.py").write_text(text)
    write_video(tmp_path / "data" / "film.mp4", 48)
    recorded = pd.DataFrame(eeg()[0].T, columns=list(SEED_DV_CHANNELS))
    recorded.to_csv(tmp_path / "data" / "anna.csv", index=False)
    options = ("source={kind: toy, path: data}", "preprocess={max_bad_fraction: 1.0}")
    done = run_snakemake(tmp_path, "results/eeg/anna.json", "--config", *options)
    assert done.returncode == 0, done.stdout
    assert tuple(read_json(tmp_path / "results/eeg/anna.json")["channels"]) == SEED_DV_CHANNELS
