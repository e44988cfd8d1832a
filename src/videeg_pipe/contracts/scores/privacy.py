"""Section `privacy`: can people be found in it?"""

from functools import partial

from videeg_pipe.contracts.scores.spec import ScoreSpec, Term

_row = partial(ScoreSpec, section="privacy", interval="people")
_BLIND = "`floor`: an attack without access to release and generator"
_ATTACKS = {
    "denoising_loss": "the generator's loss",
    "nearest_covariance": "nearest sample by covariance",
    "nearest_spectra": "nearest sample by spectra",
    "nearest_window": "nearest sample by waveform",
}

SCORES = (
    _row(
        name="membership_auc",
        label="membership attack, area under the ROC curve",
        definition="Probability that the attack scores a training window above a validation or "
        "test window of the same people (area under the ROC curve; unit 1, smaller is better, "
        "ideal 0.5). A sample was released for every window of either kind. The attack is a "
        "logistic regression on the scores of all attacks, each centred per person; it is trained "
        "on the windows of four fifths of the concepts (of the clips, with fewer than five "
        "concepts) and tested on the rest.",
        direction="smaller",
        ideal=0.5,
        floor=_BLIND,
        source="Chen et al. 2020, arXiv 1909.03935",
        limits="Covers these attacks only; others may succeed.",
        missing="nobody has released windows both trained on and held out",
        parts=_ATTACKS,
        parts_key="attacks",
        headline="Does not reveal its training data",
        phantoms=True,
    ),
    _row(
        name="membership_tpr_at_1pct_fpr",
        label="membership attack, true positives at 1 % false positives",
        definition="Share of the training windows that the same attack finds while at most 1 % of "
        "the held-out windows are called training windows (unit 1, smaller is better, ideal 0.01; "
        "Carlini et al. 2022, arXiv 2112.03570). With fewer than 100 held-out windows, no false "
        "positive is allowed.",
        direction="smaller",
        ideal=0.01,
        floor=_BLIND,
        source="Carlini et al. 2022, arXiv 2112.03570",
        limits="Covers these attacks only. One person may be exposed where the mean is not.",
        parts=_ATTACKS,
        parts_key="attacks",
    ),
    _row(
        name="membership_of_persons_auc",
        label="membership of people, area under the ROC curve",
        definition="membership_auc for whole people: a person's score is how much nearer their "
        "held-out real windows are to samples made for them than to samples made for others. Only "
        "where train.leave_out excluded people while blocks are held out: with a split over "
        "people, trained people have no held-out windows.",
        direction="smaller",
        ideal=0.5,
        limits="Weak evidence with few people. Null where nobody was left out, as in the default "
        "run: see [privacy.md](privacy.md#the-audit).",
    ),
    _row(
        name="linkage",
        label="linkage to the person",
        definition="Share of released samples of held-out windows that a classifier of people, "
        "trained on real training windows, assigns to the person they were made for (linear "
        "discriminant analysis on 150 principal components of log covariances and spectra; unit "
        "1). chance: the most frequent person. ceiling: the same for the real windows. back: real "
        "held-out windows, by a classifier trained on samples. At chance, samples carry nothing of "
        "their person; at the ceiling, anybody with real EEG of a person finds their samples, "
        "which carry the person's label anyway.",
        floor="`chance`",
        ceiling="real windows, linked by real windows",
        limits="Not harmful in itself: samples carry the label of their person. It shows the "
        "value of the label to others.",
    ),
    _row(
        name="copy_ratio",
        label="distance to the nearest training window / that of real windows",
        definition="Copy detection: mean distance of samples to the nearest training window, over "
        "that of held-out real windows of the same people (Euclidean, windows normalised to mean 0 "
        "and norm 1; unit 1). Ideal 1, towards 0 for copies. held_out: samples made for held-out "
        "windows only, which share no video with training windows.",
        direction="ideal",
        ideal=1,
        limits="Detects only copies at the same place in time and of the same sign.",
    ),
    _row(
        name="copied_share",
        label="share of near copies",
        definition="Share of samples nearer to a training window than all but 1 % of the held-out "
        "real windows. Unit 1, ideal 0.01, 1 for copies.",
        direction="ideal",
        ideal=0.01,
        source="ours",
        limits="Detects only copies at the same place in time and of the same sign.",
    ),
    _row(
        name="positive_control_auc",
        label="membership attack on copies",
        definition="membership_auc, by the nearest_ attacks, of a simulated generator that "
        "releases the training windows with noise of a tenth of their standard deviation. Ideal "
        "1: an audit that misses it is worthless.",
        direction="larger",
        ideal=1,
        limits="Weaker leaks may be missed: copies are an easy target. `denoising_loss` is not "
        "tested.",
        parts={name: label for name, label in _ATTACKS.items() if name != "denoising_loss"},
        parts_key="attacks",
    ),
)
TERMS = (
    Term(
        "unit",
        "Unit of the bootstrap: subjects, then clips within each drawn subject; with one subject, "
        "clips only. 95 % intervals.",
    ),
    Term("threat_model", "The attacker: access, knowledge and goal."),
    Term("limits", "What the audit does not show."),
    Term(
        "guarantee",
        "Epsilon, delta, unit and accountant of a training with differential privacy, from "
        'model.json; otherwise "no formal guarantee" (Dwork and Roth 2014).',
    ),
    Term(
        "attacks",
        "Each attack alone. nearest_: log distance to the nearest real window of another person, "
        "minus log distance to the nearest released sample (after Chen et al. 2020, arXiv "
        "1909.03935), between normalised windows, log covariances or log spectra. denoising_loss: "
        "minus the log of the generator's diffusion loss, with the same noise for all windows "
        "(after Carlini et al. 2023, arXiv 2301.13188).",
    ),
    Term(
        "floor",
        "A blind attack: the same regression on the windows' own covariances and spectra. It "
        "measures how distinguishable blocks are without release or generator (Das et al. 2024, "
        "arXiv 2406.16201). An attack at or below the floor says nothing about the generator.",
    ),
)
