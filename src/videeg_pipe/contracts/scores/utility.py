"""Section `utility`: would a decoder trained on it work?"""

from functools import partial

from videeg_pipe.contracts.scores.spec import ScoreSpec, Term

_row = partial(ScoreSpec, section="utility", interval="clips")

SCORES = (
    _row(
        name="trtr",
        label="trained on real windows",
        definition="Train on real, test on real: accuracy on the real test windows of a decoder "
        "trained on the real training windows. Test windows count if their label has two training "
        "windows or more. 95 % interval from a bootstrap over clips.",
        direction="larger",
        floor="`chance`",
        source="Esteban, Hyland and Rätsch 2017, arXiv 1706.02633",
    ),
    _row(
        name="tstr",
        label="trained on generated windows",
        definition="Train on synthetic, test on real: the same for a decoder trained on generated "
        "windows; in the workflow, those of the same moments. Ideal: trtr.",
        direction="larger",
        ideal="trtr",
        floor="`chance`",
        ceiling="`trtr`",
        source="Esteban, Hyland and Rätsch 2017, arXiv 1706.02633",
        limits="Other decoders or labels may do worse.",
        headline="Trains a decoder",
    ),
    _row(
        name="augmented",
        label="trained on real and generated windows",
        definition="The same for a decoder trained on real and generated windows together.",
        direction="larger",
        floor="`trtr`",
        limits="Not evidence for augmentation where its interval overlaps that of `trtr`.",
    ),
    _row(
        name="spliced",
        label="trained on spliced windows",
        definition="The same for a decoder trained on the real windows and on spliced copies: in "
        "each copy, half of the window, at a random place, comes from the generated window of the "
        "same moment. After ECD's augmentation (Chen et al. 2024).",
        direction="larger",
        floor="`trtr`",
        source="Chen et al. 2024, whose code is not public",
        limits="Not evidence for augmentation where its interval overlaps that of `trtr`.",
    ),
    _row(
        name="ratio",
        label="generated / real",
        definition="tstr / trtr. Ideal 1, also reached where both decoders guess.",
        direction="larger",
        ideal=1,
        limits="1 also where both guess. Null where the interval of `trtr` reaches 0, and with too "
        "few clips for an interval.",
    ),
    _row(
        name="above_chance_ratio",
        label="generated / real, above chance",
        definition="(tstr - chance) / (trtr - chance): 0 where the decoder gains nothing from "
        "generated EEG. Null where the decoder trained on real EEG is not above chance.",
        direction="larger",
        ideal=1,
        limits="Null where the interval of `trtr` does not lie above `chance`, and with too few "
        "clips.",
    ),
)
TERMS = (
    Term("concept", "Task: the concept on the screen."),
    Term("emotion", "Task: the emotion label of the clip."),
    Term("chance", "Accuracy of a guess: share of the most frequent label in the test windows."),
    Term(
        "decoder",
        "The decoder that scores best on real validation windows after training on real windows; "
        "without validation windows, the first. covariance, spectra, course, bands: linear "
        "discriminant analysis with shrinkage (Ledoit-Wolf) on 150 principal components, at most "
        "half as many as windows, of log covariances between electrodes, log spectra (ten bands), "
        "the window from 1 to 10 Hz, or differential entropies (five bands; Duan et al. 2013). "
        "eegnet: EEGNet (Lawhern et al. 2018), braindecode's EEGNetv4, on the window at 100 Hz. "
        "Features are standardised per subject.",
    ),
)
