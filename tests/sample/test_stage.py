"""The sample stage: its files, reproducible samples, options and resuming."""

import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import zarr
from torch._dynamo.utils import counters

from tests.generators import CHANNELS, inputs_of, results_inputs, tiny_config
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.checkpoint import LoadedGenerator
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.files import read_json, sha256_array
from videeg_pipe.sample.part_size import samples_per_part
from videeg_pipe.sample.stage import sample_part
from videeg_pipe.train.stage import train

QUICK = {"steps": 2, "batch_size": 4, "part_size": 8, "threads": 1}
N_RELEASED = 18


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("results ünd")
    inputs = results_inputs(root, n_released=N_RELEASED)
    train("spgn", inputs=inputs, config=tiny_config(epochs=1), folder=root / "models" / "spgn")
    return root


def run(results: Path, folder: str, part: int = 0, **options) -> tuple[dict, np.ndarray]:
    manifest = results / "samples" / folder / f"part-{part:03d}.json"
    config = SampleOptions(**(QUICK | options))
    size = samples_per_part(config, N_RELEASED, on_gpu=False)
    sample_part(part, size=size, inputs=inputs_of(results), config=config, manifest=manifest)
    said = read_json(manifest)
    return said, zarr.open_array(manifest.parent / said["array"], mode="r")[:]


def run_all(results: Path, folder: str, n_parts: int, **options) -> list[str]:
    parts = [run(results, folder, part, **options)[0] for part in range(n_parts)]
    return [entry["sha256"] for part in parts for entry in part["samples"]]


def test_a_part_holds_its_released_windows(results):
    said, eeg = run(results, "whole", 1)
    windows = inputs_of(results).windows(table="windows")
    expected = windows[windows["released"]].iloc[8:16]
    assert [entry["window_id"] for entry in said["samples"]] == expected["window_id"].tolist()
    assert [entry["seed"] for entry in said["samples"]] == expected["seed"].tolist()
    assert [entry["row"] for entry in said["samples"]] == list(range(8))
    assert eeg.shape == (8, len(CHANNELS), 200)
    assert eeg.dtype == np.float32
    assert np.isfinite(eeg).all()
    assert [entry["sha256"] for entry in said["samples"]] == [sha256_array(x) for x in eeg]
    assert said["protocol"] == "generation"
    assert said["nfe"] == 2
    assert said["model"] == "spgn"
    model = read_json(results / "models" / "spgn" / "model.json")
    assert said["checkpoint_sha256"] == model["checkpoint_sha256"]


def test_there_is_one_shard_per_sample(results):
    run(results, "shards")
    root = results / "samples" / "shards" / "part-000.zarr" / "eeg"
    shards = [path for path in (root / "c").rglob("*") if path.is_file()]
    assert len(shards) == 8
    array = zarr.open_array(root, mode="r")
    assert array.metadata.zarr_format == 3
    assert array.shards == array.chunks == (1, len(CHANNELS), 200)


def test_samples_do_not_depend_on_the_parts(results):
    in_three = run_all(results, "three", 3)
    assert len(in_three) == N_RELEASED
    assert in_three == run_all(results, "one", 1, part_size=100)
    assert len(set(in_three)) == N_RELEASED


@pytest.mark.parametrize("scheduler", ["ddim", "ddpm", "dpm-solver++"])
def test_an_interrupted_part_resumes_at_the_first_missing_sample(results, monkeypatch, scheduler):
    expected, _ = run(results, f"plain {scheduler}", scheduler=scheduler)
    draw, calls = LoadedGenerator.sample_uv, []

    def broken(self, *args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return draw(self, *args, **kwargs)

    monkeypatch.setattr(LoadedGenerator, "sample_uv", broken)
    with pytest.raises(KeyboardInterrupt):
        run(results, f"cut {scheduler}", scheduler=scheduler)
    assert not (results / "samples" / f"cut {scheduler}" / "part-000.json").exists()
    resumed, _ = run(results, f"cut {scheduler}", scheduler=scheduler)
    assert len(calls) == 3  # the first batch exists
    assert resumed["n_made"] == 4
    assert resumed["samples"] == expected["samples"]


def test_time_of_a_batch_is_that_of_most_batches(results, monkeypatch):
    clock = iter([0, 9, 9, 10, 10, 11])  # the first batch calibrates
    fake = SimpleNamespace(monotonic=time.monotonic, process_time=lambda: next(clock))
    monkeypatch.setattr("videeg_pipe.sample.stage.time", fake)
    made, _ = run(results, "timed", part_size=12)
    assert len(made["samples"]) == 12 and made["cpu_seconds_per_batch"] == 1


@pytest.mark.slow
def test_only_damaged_and_lost_samples_are_sampled_again(results):
    expected, eeg = run(results, "damaged")
    folder = results / "samples" / "damaged"
    shard = folder / "part-000.zarr" / "eeg" / "c"
    (shard / "1" / "0" / "0").write_bytes(b"short")
    (shard / "6" / "0" / "0").unlink()
    array = zarr.open_array(folder / "part-000.zarr" / "eeg", mode="r+")
    array[3] = 0
    with (folder / "part-000.journal").open("a") as journal:
        journal.write('{"row": 7, "sh')  # truncated by the interruption
    untouched = shard / "0" / "0" / "0"
    before = untouched.stat().st_mtime_ns
    again, repaired = run(results, "damaged")
    assert again["n_made"] == 3
    assert again["samples"] == expected["samples"]
    assert np.array_equal(repaired, eeg)
    assert untouched.stat().st_mtime_ns == before


def _zeros(path):
    path.write_bytes(bytes(path.stat().st_size))


def _half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _other_length(path):
    path.write_text(path.read_text().replace("8,", "4,", 1))


def _folder(path):
    path.unlink()
    path.mkdir()


def _line(text):
    return lambda path: path.write_bytes(path.read_bytes() + text)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        *(
            (f"part-000.zarr/{name}zarr.json", damage)
            for name in ("", "eeg/")
            for damage in (_zeros, _half, lambda path: path.write_bytes(b""), lambda p: p.unlink())
        ),
        ("part-000.zarr/eeg/zarr.json", _other_length),
        ("part-000.zarr/eeg/c/3/0/0", _folder),
        ("part-000.zarr/eeg/c/3/0/0", _half),
        *(
            ("part-000.journal", damage)
            for damage in (
                *(_zeros, _half, _line(b"\xff\xfe\x80"), _line(b"5\n"), _line(b"[]\n")),
                _line(b'{"row": 99999, "sha256": "x"}\n'),
                _line(b'{"row": "a", "sha256": "x"}\n'),
            )
        ),
    ],
)
def test_damaged_work_files_are_made_anew(results, name, damage):
    before, _ = run(results, "damaged")
    damage(results / "samples" / "damaged" / name)
    after, eeg = run(results, "damaged")
    assert after["samples"] == before["samples"]
    assert [sha256_array(one) for one in eeg] == [entry["sha256"] for entry in after["samples"]]


def test_a_part_with_other_settings_starts_again(results):
    first, _ = run(results, "settings")
    other, _ = run(results, "settings", steps=3)
    assert other["n_made"] == 8
    assert other["key"] != first["key"]
    assert other["samples"][0]["sha256"] != first["samples"][0]["sha256"]


@pytest.mark.parametrize(
    "options", [{"guidance": 2.0}, {"scheduler": "ddpm"}, {"precision": "bf16-mixed"}]
)
def test_options_reach_the_samples(results, options):
    plain, _ = run(results, "options")
    changed, _ = run(results, "options", **options)
    assert changed["samples"][0]["sha256"] != plain["samples"][0]["sha256"]
    assert changed["nfe"] == (4 if "guidance" in options else 2)


@pytest.mark.slow
@pytest.mark.nightly  # the compiler takes a minute
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
def test_a_compiled_network_draws_the_same_samples(results, monkeypatch):
    monkeypatch.delenv("CXX", raising=False)
    _, plain = run(results, "plain options")
    counters.clear()
    _, compiled = run(results, "compiled", compile=True)
    assert counters["stats"]["unique_graphs"] > 0
    np.testing.assert_allclose(compiled, plain, rtol=1e-3, atol=1e-3 * np.abs(plain).max())


def test_a_part_beyond_the_last_is_an_error(results):
    with pytest.raises(UserError, match=r"part 3.*18"):
        run(results, "beyond", 3)


@pytest.mark.slow
def test_a_generator_with_an_eeg_prior_is_refused(results, tmp_path):
    folder = tmp_path / "models" / "spgn"
    inputs = results_inputs(tmp_path)
    config = tiny_config(spgn={"eeg_prior": "preceding"}, epochs=1)
    train("spgn", inputs=inputs, config=config, folder=folder)
    assert read_json(folder / "model.json")["protocol"] == "reconstruction"
    with pytest.raises(UserError, match="generation only"):
        run(tmp_path, "refused")
    assert not (tmp_path / "samples").exists()


def test_weights_that_give_nan_write_no_manifest(results, monkeypatch):
    broken = lambda self, windows, *a, **k: np.full((4, 12, 200), np.nan, np.float32)  # noqa: E731
    monkeypatch.setattr(LoadedGenerator, "sample_uv", broken)
    with pytest.raises(UserError, match="finite"):
        run(results, "nan")
    assert not (results / "samples" / "nan" / "part-000.json").exists()
