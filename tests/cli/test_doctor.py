"""`videeg doctor`: a table, the next commands, the status."""

import pytest

from tests.cli.test_main import VIDEEG, words
from tests.terminal import on_terminal
from videeg_pipe.cli.main import main
from videeg_pipe.runtime.failed_jobs import write_failed


def test_every_lack_comes_with_a_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert main(["doctor", "--results", "file/results"]) == 1
    rows, _, steps = capsys.readouterr().out.partition("\nNext:\n")
    states = {line.split()[1]: line.split()[0] for line in rows.splitlines()}
    assert states["Python"] == states["temporary"] == "ok"
    assert states["results"] == "missing"
    assert f"  chmod u+w {tmp_path}/file  # or: " in steps


@pytest.mark.parametrize("slurm", [[], ["--slurm"]])
def test_slurm_is_required_on_demand(tmp_path, monkeypatch, capsys, slurm):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    assert main(["doctor", *slurm]) == len(slurm)


def test_a_failed_job_on_a_terminal(tmp_path):
    error = "results/[red]x.npy; expected [b]µV[/b]; found V; correct it"
    job = {"rule": "acquire", "output": ["results/clips"], "log": ["x.log"], "error": error}
    command = ["snakemake", "--cores", "8", "all", "--configfile", 80 * "x"]
    write_failed(tmp_path, command, [job])
    printed = on_terminal(60, *VIDEEG, "doctor", "--results", str(tmp_path))
    assert "\x1b[" in printed
    assert error.replace(" ", "") in "".join(words(printed)).replace("acquire", "")
    assert f"  snakemake --cores 8 all --configfile {80 * 'x'}" in printed  # can be copied
