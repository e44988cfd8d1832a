"""`videeg info` says what a release holds."""

import h5py

from videeg_pipe.cli.main import main


def test_info_names_what_there_is(released, capsys):
    assert main(["info", str(released / "videeg-gen.h5")]) == 0
    said = capsys.readouterr().out
    with h5py.File(released / "videeg-gen.h5") as file:
        splits = file["split"].asstr()[:].tolist()
        assert f"train {splits.count('train')}" in said
        for name, dataset in file.items():
            (line,) = (line for line in said.splitlines() if line.startswith(f"{name} "))
            assert "x".join(map(str, dataset.shape)) in line
            assert dataset.attrs["description"] in line
    assert "SYNTHETIC" in said.splitlines()[0]
    assert "protocol generation" in said


def test_info_on_what_is_no_release_is_one_line(tmp_path, capsys):
    assert main(["info", str(tmp_path / "missing.h5")]) == 1
    (tmp_path / "text.h5").write_text("no HDF5")
    assert main(["info", str(tmp_path / "text.h5")]) == 1
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["data"] = [1, 2, 3]
    assert main(["info", str(tmp_path / "other.h5")]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("videeg: ") and str(tmp_path) in line for line in lines)
