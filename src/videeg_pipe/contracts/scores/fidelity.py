"""Section `fidelity`: does it look like EEG?"""

from functools import partial

from videeg_pipe.contracts.bands import BANDS
from videeg_pipe.contracts.scores.spec import ScoreSpec, Term

_FLOOR = "two halves of the real windows, split by clip"
_row = partial(ScoreSpec, section="fidelity", interval="splits", floor=_FLOOR)
_MODULE = "videeg_pipe.scoring.fidelity.statistics"
_DISTRIBUTION = "videeg_pipe.scoring.fidelity.distribution"
_FIVE = {
    "spectra_logistic": "logistic regression on spectra",
    "spectra_forest": "random forest on spectra",
    "covariance_logistic": "logistic regression on covariances",
    "covariance_forest": "random forest on covariances",
    "window_eegnet": "small EEGNet on the window",
}
_by_electrode = partial(
    _row,
    source="ours",
    missing="no frontopolar electrode (FP or AF), windows that are not matched by person, no "
    "power, or one window",
    parts={"all": "all electrodes", "frontal": "frontopolar electrodes"},
)

SCORES = (
    _row(
        name="psd_distance",
        label="spectral distance",
        definition="Root mean square, over electrodes and frequencies from 0.5 to 40 Hz, of "
        "10 log10(S_g / S_r), S = mean power spectrum. Ideal 0.",
        unit="dB",
        direction="smaller",
        ideal=0,
        source="log-spectral distance, Gray and Markel 1976",
        limits="Ignores phase and relations between electrodes.",
        function=f"{_MODULE}:psd_distance",
        trial="psd_distance",
        sheet="scores",
        column="spectra (dB)",
        headline="Right spectra",
        ranked=True,
    ),
    _row(
        name="covariance_error",
        label="covariance error",
        definition="||S_g - S_r||_F / ||S_r||_F, S = covariance between electrodes, averaged "
        "over windows. Ideal 0.",
        direction="smaller",
        ideal=0,
        limits="Exchanging people leaves the mean unchanged.",
        function=f"{_MODULE}:covariance_error",
        trial="covariance_error",
        sheet="scores",
        headline="Right covariance",
        ranked=True,
        relative="covariance_over_floor",
        best="real against real",
        people=True,
        phantoms=True,
    ),
    _row(
        name="subject_covariance_error",
        label="covariance error per person",
        definition="covariance_error of each subject's windows, averaged over subjects: sensitive "
        "to exchanged people. Ideal 0.",
        direction="smaller",
        ideal=0,
        source="ours",
        limits="Single windows may still be wrong. The floor is higher, since each person has "
        "fewer windows.",
        function=f"{_MODULE}:subject_covariance_error",
    ),
    _row(
        name="autocorrelation_error",
        label="autocorrelation error",
        definition="Mean over electrodes and lags up to half a window of |a_g - a_r|, "
        "a = autocorrelation averaged over windows. Ideal 0.",
        direction="smaller",
        ideal=0,
        limits="Ignores statistics above second order.",
        function=f"{_MODULE}:autocorrelation_error",
    ),
    _row(
        name="c2st",
        label="classifier accuracy, real or generated",
        definition="Classifier two-sample test: accuracy at separating generated from real "
        "windows, the largest of five classifiers. Logistic regression and random forest on log "
        "power (ten bands, 0.5 to 40 Hz) and on log covariances between electrodes; a small "
        "network after EEGNet (Lawhern et al. 2018) on the window. Each draw is paired with the "
        "real window it was drawn for; five folds share no clip; 95 % interval from a bootstrap "
        "over clips. floor: the same for real windows against those of the neighbouring clip. "
        "Ideal 0.5.",
        direction="smaller",
        ideal=0.5,
        interval="clips",
        floor="real windows against those of the neighbouring clip",
        source="Lopez-Paz and Oquab 2017, arXiv 1610.06545",
        limits="A stronger classifier or more windows may separate them.",
        parts=_FIVE,
        parts_key="classifiers",
        trial="c2st",
        sheet="scores",
        column="classifier accuracy",
        headline="Passes as real",
        ranked=True,
        phantoms=True,
    ),
    _row(
        name="c2st_eight",
        label="classifier accuracy, largest of eight",
        definition="c2st with three further classifiers: logistic regression in the Riemannian "
        "tangent space of covariances; the network on the window with width, epochs and learning "
        "rate chosen on a fifth of the training windows; ShallowFBCSPNet. Only where "
        "evaluation.strong_classifiers is set. Ideal 0.5.",
        direction="smaller",
        ideal=0.5,
        interval="clips",
        floor="real windows against those of the neighbouring clip",
        source="Barachant et al. 2012, doi 10.1109/TBME.2011.2172210; Schirrmeister et al. 2017, "
        "doi 10.1002/hbm.23730",
        limits="A still stronger classifier or more windows may separate them.",
        parts=_FIVE
        | {
            "riemann_logistic": "logistic regression in the Riemannian tangent space",
            "tuned_eegnet": "tuned EEGNet on the window",
            "shallow_fbcsp": "ShallowFBCSPNet on the window",
        },
        parts_key="classifiers",
        phantoms=True,
    ),
    _row(
        name="eeg_fid",
        label="EEG-FID",
        definition="Frechet distance |m_g - m_r|^2 + tr(S_g + S_r - 2 (S_g S_r)^(1/2)) between "
        "means m and covariances S of embedded windows. The encoder is a small network after "
        "EEGNet, trained to classify concept and subject of real training windows; the embedding "
        "is its penultimate layer, 16 numbers without unit. Fewer windows give larger values: "
        "compare with the floor, which has as many. low and high are the extremes over the "
        "splits. Ideal 0.",
        direction="smaller",
        ideal=0,
        source="Heusel et al. 2017, arXiv 1706.08500; encoder ours",
        limits="Covers only features of the `encoder`, whose accuracies are given. Do not compare "
        "values across data sets, encoders or numbers of windows.",
    ),
    _row(
        name="band_power_ratio",
        label="power ratio",
        definition="Power in the band, averaged over windows and electrodes, generated / real "
        "(Welch, Hann, windows of at most 1 s). Ideal 1.",
        direction="ideal",
        ideal=1,
        source="Welch 1967",
        limits="Ignores the variation of power over windows and electrodes.",
        parts={band: band for band in BANDS},
        function=f"{_MODULE}:band_power_ratio",
        trial="power",
        people=True,
        phantoms=True,
    ),
    _row(
        name="band_similarity",
        label="similarity of power",
        definition="1 - D, D = two-sample Kolmogorov-Smirnov distance between the distributions "
        "over windows of an electrode's band power, averaged over electrodes. Ideal 1. Definition "
        "ours.",
        direction="larger",
        ideal=1,
        source="ours: the paper reports one without a formula",
        limits="Compares distributions; single windows may have the wrong power.",
        parts={band: band for band in BANDS},
        function=f"{_MODULE}:band_similarity",
    ),
    _by_electrode(
        name="log_power_error",
        label="error of mean log power",
        definition="Absolute difference of the mean over windows of 10 log10 P, P = power of a "
        "window from 0.5 to 40 Hz, generated and real, per person and electrode, then averaged; "
        "frontal: over electrodes named FP or AF. Ideal 0.",
        unit="dB",
        direction="smaller",
        ideal=0,
        limits="Ignores when a window is strong.",
        function=f"{_DISTRIBUTION}:log_power_error",
        trial="log_power_error",
    ),
    _by_electrode(
        name="log_power_spread",
        label="spread of log power",
        definition="SD over windows of the same log P, generated / real, per person and "
        "electrode; geometric mean over both. Ideal 1.",
        direction="ideal",
        ideal=1,
        limits="Below 1, rare events such as blinks have become steady noise; above 1, steady "
        "activity has become rare events.",
        function=f"{_DISTRIBUTION}:log_power_spread_ratio",
        trial="log_power_spread",
        phantoms=True,
    ),
    _by_electrode(
        name="kurtosis_ratio",
        label="kurtosis ratio",
        definition="Kurtosis m4 / m2^2 of all samples of all windows, generated / real, per "
        "person and electrode; geometric mean over both. A window's mean is subtracted first. "
        "Ideal 1.",
        direction="ideal",
        ideal=1,
        limits="A few windows with large artefacts dominate it: compare with the floor's extremes.",
        function=f"{_DISTRIBUTION}:kurtosis_ratio",
        trial="kurtosis",
        phantoms=True,
    ),
    _by_electrode(
        name="skewness_error",
        label="error of skewness",
        definition="|s_g - s_r| per person and electrode, then averaged; s = m3 / m2^1.5 of all "
        "samples of all windows. A window's mean is subtracted first. Blinks have one sign: "
        "without it, s is 0. Ideal 0.",
        direction="smaller",
        ideal=0,
        limits="A few windows with large artefacts dominate it: compare with the floor's extremes.",
        function=f"{_DISTRIBUTION}:skewness_error",
        trial="skewness_error",
        phantoms=True,
    ),
)
TERMS = (
    Term(
        "floor",
        "The same score between two disjoint halves of the real windows, split by clip, with as "
        "many windows. low and high are the extremes over the splits.",
    ),
    Term(
        "training",
        "The same score of real training windows of the same people instead of samples. Recordings "
        "change from block to block, and a generator knows those of the training alone: where real "
        "training windows score worse than the floor, so does a perfect generator.",
    ),
    Term(
        "white_noise",
        "The same score of white noise with each electrode's real power, independent between "
        "electrodes: a generator of amplitudes and nothing else.",
    ),
    Term(
        "encoder",
        "Accuracy of the eeg_fid encoder at classifying concept and subject of the real test "
        "windows: the distance is blind to classes that the encoder confuses.",
    ),
)
