"""A run whose release is in volumes, and later in one file again."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.workflow.clone import run_snakemake, tiny, write_config
from videeg_pipe import load_release

H5 = "results/release/videeg-gen.h5"
VOLUMES = [f"videeg-gen-{i:03d}.h5" for i in range(3)]


def run(clone: Path, max_bytes: int | None) -> tuple[int, str]:
    sections = tiny()
    sections["release"]["max_bytes"] = max_bytes
    write_config(clone / "volumes.yaml", **sections)
    done = run_snakemake(clone, H5, "--configfile", "volumes.yaml")
    return done.returncode, done.stdout


def volumes(clone: Path) -> list[str]:
    return [path.name for path in sorted((clone / H5).parent.glob("videeg-gen-*.h5"))]


@pytest.mark.slow
def test_volumes_come_and_go_with_the_option(faulty):
    one = load_release(faulty / H5)
    eeg, labels = one.to_numpy()
    status, said = run(faulty, 10 * eeg[0].nbytes)
    assert status == 0, said
    assert volumes(faulty) == VOLUMES
    release = load_release(faulty / H5)
    np.testing.assert_array_equal(release.values("eeg"), eeg)
    np.testing.assert_array_equal(release.values("label"), labels)

    # a failed merge leaves the release and its volumes
    part = next((faulty / "results/samples/spgn").glob("part-*.zarr"))
    shutil.move(part, faulty / "elsewhere")
    (part / "eeg").mkdir(parents=True)
    before = {name: (faulty / H5).with_name(name).read_bytes() for name in VOLUMES}
    status, said = run(faulty, 5 * eeg[0].nbytes)
    assert status != 0
    assert volumes(faulty) == VOLUMES
    assert all((faulty / H5).with_name(name).read_bytes() == before[name] for name in VOLUMES)
    np.testing.assert_array_equal(load_release(faulty / H5).values("eeg"), eeg)

    shutil.rmtree(part)
    shutil.move(faulty / "elsewhere", part)
    status, said = run(faulty, None)
    assert status == 0, said
    assert volumes(faulty) == []
    np.testing.assert_array_equal(load_release(faulty / H5).values("eeg"), eeg)
