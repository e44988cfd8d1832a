"""Before a run: one-line errors for config files and `--config`, caches beside a read-only HOME."""

import os
import sys

import pytest

from videeg_pipe.cli import start
from videeg_pipe.cli.start import check, keep_one_copy, move_caches
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.option_files import read_config_file

WRONG = {
    "missing": (None, "expected a config file; found no such file or directory"),
    "open bracket": ("train: {epochs: 3\nrun: 1", "found line 2: "),
    "tab": ("train:\n\tepochs: 3", "found line 2: "),
    "list": ("- train", "found a sequence"),
    "empty": ("# train:\n", "found nothing"),
    "twice": ("train:\n  epochs: 3\nrun: {}\ntrain: {}", "found train in lines 1 and 4"),
    "twice inside": ("train:\n  epochs: 3\n  epochs: 4", "found epochs in lines 2 and 3"),
    "twice in a line": ("train: {epochs: 3, epochs: 4}", "found epochs in lines 1 and 1"),
    "twice in JSON": ('{\n\t"train": {"epochs": 3, "epochs": 4}}', "found epochs twice"),
    "in itself": ("train: &a {epochs: *a}", "found a value inside itself"),
    "many levels": ("[" * 5000, "found a value inside itself, or too many levels"),
    "month 13": ("run: {results: 2001-13-01}", "found month must be in 1..12"),
    "NUL": ("run:\n  results: a\0b", "unacceptable character #x0000"),
    "list as a name": ("train:\n  ? [epochs]\n  : 3", "found line 2: found unhashable key"),
    "Latin-1": ("run: {results: é}".encode("latin-1"), "found invalid continuation byte at byte"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_config_file_is_named_in_one_line(tmp_path, name):
    content, words = WRONG[name]
    path = tmp_path / "own.yaml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError) as error:
        check(["all", "--cores", "2", "--configfile", str(path)])
    assert str(error.value).startswith(f"{path}; ")
    assert words in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "train: {epochs: 3}",
        '{\n\t"train": {"epochs": 3}\n}',
        "a: &a {epochs: 3}\nb: &b {threads: 2}\ntrain:\n  <<: *a\n  <<: *b",
    ],
)
def test_yaml_and_json_are_accepted(tmp_path, text):
    path = tmp_path / "own"
    path.write_text(text)
    assert read_config_file(path)["train"]["epochs"] == 3
    check(["-n", f"--configfile={path}", "--config", "train={epochs: 5}", "run={seed: 1}", "-c2"])


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        ("train.epochs=5", "'train={epochs: 5}'"),
        ("train.losses.spatial=0.1", "'train={losses: {spatial: 0.1}}'"),
        ("train.epochs", "'train={epochs: value}'"),
        ("train", "'section={option: value}'"),
        ("source.urls.a=https://h/x", "'source={urls: {a: https://h/x}}'"),
    ],
)
def test_a_value_that_snakemake_cannot_read_gets_advice(value, advice):
    with pytest.raises(UserError) as error:
        check(["all", "--config", "run={seed: 1}", value])
    assert str(error.value).startswith(f"--config {value}; ")
    assert str(error.value).endswith(f"write --config {advice}")


def test_the_line_about_a_value_has_no_credentials():
    with pytest.raises(UserError) as error:
        check(["all", "--config", "source.urls.a=https://me:secret@h/x?token=secret"])
    assert "source.urls.a=https://h/x; " in str(error.value)
    assert "secret" not in str(error.value)


def test_caches_move_only_if_home_is_read_only(tmp_path, monkeypatch, capsys):
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    move_caches(tmp_path / "cache")
    assert "XDG_CACHE_HOME" not in os.environ
    monkeypatch.setenv("HOME", "/dev/null")
    move_caches(tmp_path / "cache")
    assert os.environ["XDG_CACHE_HOME"] == os.environ["XDG_CONFIG_HOME"] == str(tmp_path / "cache")
    assert (tmp_path / "cache").is_dir()
    assert len(capsys.readouterr().err.splitlines()) == 2
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name)


def test_one_of_the_copies_that_srun_starts_runs(tmp_path, monkeypatch, capsys):
    keep_one_copy(tmp_path)
    assert not list(tmp_path.iterdir())  # outside srun nothing is locked
    for name, value in {"JOB_ID": "7", "STEP_ID": "0", "STEP_NUM_TASKS": "16"}.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    monkeypatch.setattr(sys, "argv", ["snakemake", "all"])
    with start._HELD:
        keep_one_copy(tmp_path)
        with pytest.raises(SystemExit) as ended:
            keep_one_copy(tmp_path)
        assert ended.value.code == 0
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("srun started 16 copies of this command: another one runs")
        keep_one_copy(tmp_path / "other folder")
        monkeypatch.setattr(sys, "argv", ["snakemake", "compare"])
        keep_one_copy(tmp_path)
        monkeypatch.setenv("SLURM_STEP_ID", "1")
        keep_one_copy(tmp_path)
    keep_one_copy(tmp_path)  # after the end of the first
    start._HELD.close()
    assert not capsys.readouterr().err
