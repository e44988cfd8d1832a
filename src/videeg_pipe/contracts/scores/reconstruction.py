"""Section `reconstruction`: the other protocol, where the real window is given, partly noised."""

from functools import partial

from videeg_pipe.contracts.scores.spec import ScoreSpec, Term

_row = partial(ScoreSpec, section="reconstruction", interval="clips")

SCORES = (
    _row(
        name="r",
        label="r of the reconstruction",
        definition="Pearson correlation between the reconstructed window and the real window that "
        "was given, flattened and divided by the normalisation's scale, averaged over windows; "
        "95 % interval from a bootstrap over clips.",
        floor="`no_network_r`",
        source="Meng et al. 2022, arXiv 2108.01073",
        limits="Says nothing about generation.",
    ),
    _row(
        name="mse",
        label="MSE of the reconstruction",
        definition="Mean squared difference of the two windows, each divided by its own largest "
        "absolute value, as in section paper.",
        limits="Says nothing about generation.",
    ),
    _row(
        name="no_network_r",
        label="r without the network",
        definition="The same r of the noised window itself, at the noise level where the sampler "
        "starts and with the same noise: the remainder of the input before any network sees it. "
        "For latent diffusion it includes the autoencoder. If r is not higher, it says nothing "
        "about the generator.",
    ),
    _row(
        name="shuffled_video_r",
        label="r with another video",
        definition="The same r with the video of another clip of the same subject as condition. "
        "If r is not higher, it owes nothing to the video.",
    ),
)
TERMS = (
    Term(
        "protocol",
        "Reconstruction: the generator receives the real window, partly noised. Never compare "
        "these scores with those of generation.",
    ),
    Term(
        "strength",
        "Share of the sampler's steps that are run: 0 returns the window unchanged; at 1 nothing "
        "of it is left, which is generation.",
    ),
)
