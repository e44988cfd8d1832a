from pathlib import Path

import pytest

from videeg_pipe.config import ConfigError
from videeg_pipe.config.files import read_section
from videeg_pipe.config.phantom_seeds import PhantomSeeds

FILE = Path(__file__).parents[2] / "config" / "phantoms.yaml"


def test_the_lists_of_the_repository():
    seeds = read_section(PhantomSeeds, FILE)
    assert seeds.development[0] == 42  # of the default run
    assert len(seeds.final) == 5 and len(seeds.reserve) >= 4


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("development: [1]\nfinal: [2, 1]\nreserve: [3]", "expected each seed once, found 1 again"),
        ("development: [1]\nfinal: []\nreserve: [3]", "final: "),
        ("development: [1]\nfinal: [-1]\nreserve: [3]", "final.0: "),
        ("development: [1]\nfinal: [2]", "reserve: Field required"),
        ("development: [1", "phantoms.yaml; "),
        ("- 1", "found a sequence"),
    ],
)
def test_a_wrong_list_is_named(tmp_path, text, problem):
    file = tmp_path / "phantoms.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_section(PhantomSeeds, file)
    assert problem in str(caught.value) and str(caught.value).startswith(str(file))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match="expected a file of options, found none"):
        read_section(PhantomSeeds, tmp_path / "phantoms.yaml")
