"""Shuffled: ridge fitted to the EEG of other runs of the same person.

`shuffle_runs` in `models/decoders/clips.py` makes the same floor of any other decoder.
"""

from videeg_pipe.models.decoders.clips import Clips, shuffle_runs
from videeg_pipe.models.decoders.floors.ridge import Ridge
from videeg_pipe.runtime.seeds import derive_seed


class ShuffledRidge(Ridge):
    """What ridge makes of EEG without information on the clips."""

    def learn(self, clips: Clips, seed: int) -> None:
        """Fit to clips with the EEG of other runs."""
        super().learn(shuffle_runs(clips, derive_seed(seed, "shuffled")), seed)
