"""Progress yields all items and logs their number."""

import logging

from videeg_pipe.runtime.progress import progress


def test_progress_yields_all_items_and_logs_their_number(caplog):
    with caplog.at_level(logging.INFO):
        assert list(progress(range(5), "windows")) == [0, 1, 2, 3, 4]
    assert caplog.messages == ["windows: 5/5 done"]
