"""`videeg info`: the summary of a release."""

import h5py

from videeg_pipe.cli.main import main


def test_summary_lists_splits_and_all_datasets(released, capsys):
    assert main(["info", str(released / "videeg-gen.h5")]) == 0
    printed = capsys.readouterr().out
    with h5py.File(released / "videeg-gen.h5") as file:
        splits = file["split"].asstr()[:].tolist()
        assert f"train {splits.count('train')}" in printed
        for name, dataset in file.items():
            (line,) = (line for line in printed.splitlines() if line.startswith(f"{name} "))
            assert "x".join(map(str, dataset.shape)) in line
            assert dataset.attrs["description"] in line
    assert "SYNTHETIC" in printed.splitlines()[0]
    assert "protocol generation" in printed


def test_a_file_that_is_not_a_release_gives_one_line(tmp_path, capsys):
    assert main(["info", str(tmp_path / "missing.h5")]) == 1
    (tmp_path / "text.h5").write_text("no HDF5")
    assert main(["info", str(tmp_path / "text.h5")]) == 1
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["data"] = [1, 2, 3]
    assert main(["info", str(tmp_path / "other.h5")]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("videeg: ") and str(tmp_path) in line for line in lines)
