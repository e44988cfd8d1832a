"""The table of what a source repaired, skipped or assumed."""

from videeg_pipe.contracts.tables import read_table, write_table
from videeg_pipe.sources.findings import Finding, findings_table


def test_each_finding_is_listed_once_and_none_at_all_is_a_table_too(tmp_path):
    finding = Finding("sub-01/eeg/events.tsv", "repaired", "2 rows repeat another row.")
    other = Finding("sub-02/eeg/events.tsv", "skipped", "No row shows a video.")
    for name, found in {"some": [finding, other, finding], "none": []}.items():
        write_table(tmp_path / name, "findings", findings_table(found))
    some = read_table(tmp_path / "some", "findings")
    assert list(some.itertuples(index=False, name=None)) == [
        (one.file, one.action, one.what) for one in (finding, other)
    ]
    assert read_table(tmp_path / "none", "findings").empty
