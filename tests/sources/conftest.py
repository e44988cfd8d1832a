"""A check of everything that tests of sources find."""

import re

import pytest

from videeg_pipe.sources.findings import Finding

SENTENCE = re.compile(r"[A-Z0-9].*[^\s.]\.", re.DOTALL)
TABLE_OF_BIDS = re.compile(r"(\*_|\b)(channels|electrodes|events|participants)\.(tsv|json)\b")
NAME_OF_FILE = re.compile(
    r"[\w)]\.(edf|bdf|vhdr|vmrk|eeg|set|fdt|fif|npy|npz|tsv|json|txt|mp4|mov|mkv|avi|gif)\b",
    re.IGNORECASE,
)


@pytest.fixture(autouse=True)
def findings_are_sentences_that_name_no_file(monkeypatch):
    """The data card of a public release quotes them; names of files may be those of people."""
    made = Finding.__init__

    def checked(self, file, action, what):
        made(self, file, action, what)
        assert SENTENCE.fullmatch(what), f"no sentence: {what}"
        named = NAME_OF_FILE.search(TABLE_OF_BIDS.sub("", what))
        assert named is None, f"{named[0]} in: {what}"

    monkeypatch.setattr(Finding, "__init__", checked)
