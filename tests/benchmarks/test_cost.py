"""The measurements run on a small layout and give consistent values."""

import json

import numpy as np
import pytest
import torch

from benchmarks import cost
from benchmarks.cost import Plan, Point, measure, measure_point
from benchmarks.figure import draw_growth
from benchmarks.machine import machine
from benchmarks.timing import growth, memory_mb
from videeg_pipe.config import load

TINY = {"hidden": 16, "layers": 1, "heads": 2, "node_width": 4, "fused": 16, "regions": 2}


def test_exponent_of_a_planted_power_law():
    n = np.array([1, 4, 16, 64])
    found = growth(n, 3 * n**1.5)
    assert found["exponent"] == pytest.approx(1.5)
    assert found["standard_error"] == pytest.approx(0, abs=1e-6)
    assert found["upper_half"] == {"exponent": pytest.approx(1.5), "standard_error": None}


def test_upper_half_is_not_affected_by_constant_cost():
    n = np.array([1, 4, 16, 256, 1024, 4096])
    found = growth(n, 20 + n)
    assert found["exponent"] < 0.8
    assert found["upper_half"]["exponent"] == pytest.approx(1, abs=0.05)
    assert growth([1, 2, 8], [1, 2, 8])["upper_half"]["exponent"] == pytest.approx(1)


def test_machine_names_no_host_and_no_path():
    found = machine(2)
    assert found["cores"] >= 1
    assert found["memory_gb"] > 0
    assert "/" not in json.dumps({k: v for k, v in found.items() if k not in ("cpu", "gpu")})


def test_memory_of_a_call_is_what_it_allocates():
    before = memory_mb(
        lambda: None, torch.device("cpu")
    )  # includes the earlier peak of this process
    found = memory_mb(lambda: torch.ones(2**27), torch.device("cpu"))  # 512 MiB
    assert 500 <= found <= 600 + before


def test_measure_on_a_small_layout(monkeypatch, tmp_path):
    configs = {
        "spgn tiny": load({"spgn": TINY, "sample": {"steps": 3}}),
        "ntd": load({"run": {"model": "spgn-paper"}, "spgn": TINY, "sample": {"steps": 5}}),
    }
    monkeypatch.setattr(cost, "cases", lambda: configs)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    threads = torch.get_num_threads()
    small = Point(batch=2, electrodes=8, window_s=0.2)
    plan = Plan(small, repeats=2, threads=1, axes={}, train_windows=32, train_epochs=2)
    found = measure(plan)
    torch.set_num_threads(threads)
    sampling = found["sampling"]
    assert {name: row["nfe"] for name, row in sampling.items()} == {"spgn tiny": 3, "ntd": 5}
    assert sampling["ntd"]["ntd_takes_times"] == 1
    for row in sampling.values():
        assert 0 < row["fastest"] <= row["seconds_per_sample"] <= row["slowest"]
        assert row["gflop_per_sample"] > 0
    assert list(found["training"]["spgn tiny"]) == ["evoked", "diffusion"]
    json.dumps(found, allow_nan=False)


def test_point_and_figure(tmp_path):
    threads = torch.get_num_threads()
    point = measure_point(Point(batch=1, electrodes=8, window_s=0.2), threads, 1)
    assert point["seconds"] > 0
    points = {"1": {"seconds": 1.0, "memory_mb": 10.0}, "2": {"seconds": 2.0, "memory_mb": 30.0}}
    exponents = {what: growth([1, 2], [1, 2]) for what in ("seconds", "memory_mb")}
    axis = {"points": points, "exponents": exponents}
    draw_growth(dict.fromkeys(("batch", "electrodes", "window_s"), axis), tmp_path / "cost.svg")
    assert (tmp_path / "cost.svg").stat().st_size > 1000
