"""The phantom: a data set in SEED-DV's layout whose evoked part is known."""

from videeg_pipe.acquire.phantom.eeg import simulate_eeg
from videeg_pipe.acquire.phantom.subject import SubjectParameters, subject_parameters
from videeg_pipe.acquire.phantom.videos import render_videos

__all__ = ["SubjectParameters", "render_videos", "simulate_eeg", "subject_parameters"]
