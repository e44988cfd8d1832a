"""`videeg config`: writing and checking the generated files."""

from videeg_pipe.cli.main import main
from videeg_pipe.config.generate import CONFIG_YAML


def test_check_names_outdated_files_and_writing_updates_them(tmp_path, monkeypatch, capsys):
    (tmp_path / "Snakefile").touch()
    monkeypatch.chdir(tmp_path)
    assert main(["config", "--check"]) == 1
    assert main(["config"]) == 0
    assert main(["config", "--check"]) == 0
    (tmp_path / CONFIG_YAML).write_text("run: {seed: 43}\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["config", "--check"]) == 1
    assert capsys.readouterr().err == "config/config.yaml is out of date: run `make config`\n"
    assert main(["config"]) == 0
    assert capsys.readouterr().out == "wrote config/config.yaml\n"


def test_tables_of_scores_are_written_between_their_markers(tmp_path, monkeypatch):
    (tmp_path / "Snakefile").touch()
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "evaluation.md"
    page.write_text("before\n<!-- scores: cost -->\nold\n<!-- end -->\nafter\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["config"]) == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n") and text.endswith("after\n") and "old" not in text
    assert "| `nfe` |" in text
    assert main(["config", "--check"]) == 0


def test_outside_the_repository_the_error_names_the_right_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["config"]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "Snakefile" in message
    assert list(tmp_path.iterdir()) == []
