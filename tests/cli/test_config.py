"""`videeg config`: writing and checking the generated files."""

from videeg_pipe.cli.main import main
from videeg_pipe.config.generate import CONFIG_YAML, write


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
    assert write(tmp_path) == [CONFIG_YAML]
    assert write(tmp_path) == []


def test_outside_the_repository_the_error_names_the_right_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["config"]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "Snakefile" in message
    assert list(tmp_path.iterdir()) == []
