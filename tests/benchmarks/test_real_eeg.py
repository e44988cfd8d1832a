"""Figures of real EEG use the sampler of the run."""

from benchmarks.real_eeg import sampler_of
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.runtime.files import write_record


def test_samples_are_drawn_as_those_of_the_release(tmp_path):
    used = SampleOptions(departure=1.5, steps=8, guidance=2.0)
    part = {"sampler": used.model_dump(exclude={"part_size"})}  # as the stage `sample` writes it
    write_record(tmp_path / "samples" / "spgn" / "part-000.json", part)
    assert sampler_of(tmp_path) == used
