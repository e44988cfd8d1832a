"""Growth is read from the benchmarks of the jobs, and shown without its constant part."""

import pytest

from benchmarks import scale, table
from benchmarks.figure import draw_scale
from tests.benchmarks.test_table import MACHINE
from videeg_pipe.runtime.files import write_json

HEAD = "s\th:m:s\tmax_rss\tcpu_time"


def write_benchmark(results, name, seconds, memory, cpu):
    path = results / "benchmarks" / f"{name}.tsv"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{HEAD}\n{seconds}\t0:00:01\t{memory}\t{cpu}\n", encoding="utf-8")


def test_jobs_of_a_stage_are_added_and_the_largest_memory_counts(tmp_path):
    write_benchmark(tmp_path, "sample_spgn_000", 10.0, 700.0, 12.0)
    write_benchmark(tmp_path, "sample_spgn_001", 8.0, 720.0, 9.5)
    write_benchmark(tmp_path, "release", 2.0, "NA", "NA")  # a job too short to be measured
    found = scale.stages(tmp_path, {"sampling": "sample_.*", "release": "release"})
    both = {"jobs": 2, "seconds": 18.0, "cpu_seconds": 21.5, "memory_mb": 720.0}
    assert found["sampling"] == both
    unmeasured = {"cpu_seconds": None, "memory_mb": None}
    assert found["release"] == {"jobs": 1, "seconds": 2.0} | unmeasured
    with pytest.raises(RuntimeError, match="no benchmark of card"):
        scale.stages(tmp_path, {"card": "card"})
    assert scale.files(tmp_path)["number"] == 3


def test_a_constant_start_does_not_change_the_exponent():
    jobs = {64: 1, 1_000: 2, 10_000: 20, 100_000: 79}
    points = {
        str(n): {
            "sampling": {"cpu_seconds": 7.0 * jobs[n], "drawing_seconds": 0.01 * n},
            "release": {"jobs": 1, "cpu_seconds": 3.0},
            "scores": {"jobs": 1, "cpu_seconds": 90.0 + 0.02 * n},
            "card": {"jobs": 1, "cpu_seconds": None if n == 64 else 1.0},
        }
        for n in jobs
    }
    fitted = scale.exponents(points, ["sampling", "release", "scores", "card"])
    assert fitted["sampling"]["exponent"] == pytest.approx(1)
    assert fitted["scores"]["exponent"] == pytest.approx(1)
    assert fitted["release"] is None and fitted["card"] is None


def test_time_of_drawing_counts_the_padded_batch_of_each_part(tmp_path):
    for part, n_made in enumerate((128, 65)):  # the last batch is padded
        write_json(
            tmp_path / "samples" / "spgn" / f"part-{part:03d}.json",
            {"n_made": n_made, "sampler": {"batch_size": 64}, "cpu_seconds_per_batch": 0.5},
        )
    assert scale.drawing(tmp_path) == 2


def test_jobs_of_a_stage_fill_the_cores_of_the_plan(monkeypatch):
    monkeypatch.setattr(scale, "THREADS", {"training": 2})
    measured = {
        "filtering": {"jobs": 5, "seconds": 300.0},  # of one minute each
        "training": {"jobs": 3, "seconds": 360.0},
    }
    assert scale.planned_minutes(measured, 1) == 5 + 6
    assert scale.planned_minutes(measured, 2) == 3 + 6
    assert scale.planned_minutes(measured, 8) == 1 + 2


def test_a_larger_release_is_planned_on_straight_lines():
    def row(n):
        growing = {stage: {"cpu_seconds": 5 + 0.01 * n} for stage in ("sampling", "release")}
        limited = {"scores": {"cpu_seconds": min(n, 500.0)}, "card": {"cpu_seconds": None}}
        return growing | limited | {"files": {"number": 300 + n, "mb": 9 + 0.1 * n}}

    points = {str(n): row(n) for n in (64, 1_000, 10_000)}
    planned = scale.planned_release(points, 100_000)
    assert planned["sampling"] == planned["release"] == pytest.approx(1_005)
    assert planned["scores"] == 500 and planned["card"] is None
    assert planned["number"] == pytest.approx(100_300) and planned["mb"] == pytest.approx(10_009)


def test_a_measurement_is_drawn_and_shown(tmp_path):
    stage = {"jobs": 1, "seconds": 2.0, "cpu_seconds": 2.5, "memory_mb": 300.0}
    short = stage | {"cpu_seconds": None, "memory_mb": None}
    points = {
        n: dict.fromkeys(scale.OF_SAMPLES, stage)
        | {"card": short}
        | {"files": {"number": 3000, "mb": 55.0}}
        for n in ("64", "1000")
    }
    samples = {"points": points, "exponents": dict.fromkeys(scale.OF_SAMPLES)}
    of_3 = {"recording": stage, "filtering": stage, "files": {"number": 9, "mb": 1.0}}
    recordings = {"points": {"3": of_3}}
    plans = {kind: {"9": {"cpu_seconds": 3.0}} for kind in ("samples", "recordings")}
    draw_scale(samples, recordings, plans, tmp_path / "scale.svg")
    drawn = (tmp_path / "scale.svg").read_text(encoding="utf-8")
    assert "released samples" in drawn and "CPU time of planning" in drawn
    seed_dv = {"stages": {"filtering": stage | {"seconds": 90.0}}, "folders": {"eeg": 5000.0}}
    for name, measured in (("samples", samples), ("recordings", recordings), ("seed-dv", seed_dv)):
        write_json(tmp_path / f"{name}.json", {"machine": MACHINE, name: measured})
    page = table.render(tmp_path)
    assert "| 1,000 | 2.5, 300 | 2.5, 300 | 2.5, 300 | -, - | 3,000 | 55 |" in page
    assert "| 3 | 2.5, 300 | 2.5, 300 | 9 | 1 |" in page
    planned = "sampling 2.5, release 2.5, scores 2.5, card -; 3,000 files of 55 MiB."
    assert f"By plan, 1,000,000 samples: CPU time in s of {planned}" in page
    assert "| filtering | 1 | 90 | 2.5 | 300 |" in page and "eeg 5,000." in page
    assert "By plan: 1.5 min on 2 cores, 1.5 min on 8 cores." in page
