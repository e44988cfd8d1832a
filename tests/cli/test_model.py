"""`videeg model`: the same summary as `videeg inspect`."""

from videeg_pipe.cli.main import main


def test_the_summary_of_a_generator(packed, capsys):
    assert main(["model", "inspect", str(packed)]) == main(["inspect", str(packed)]) == 0
    one, other = capsys.readouterr().out.split("spgn, a generator")[1:]
    assert one == other


def test_a_release_is_not_a_generator(released, capsys):
    assert main(["model", "inspect", str(released / "videeg-gen.h5")]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "videeg-gen.h5; expected the folder of a trained generator" in line
