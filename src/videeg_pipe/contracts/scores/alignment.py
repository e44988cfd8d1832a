"""Section `alignment`: does it follow the video?"""

from functools import partial

from videeg_pipe.contracts.scores.spec import ScoreSpec, Term

_row = partial(ScoreSpec, section="alignment", interval="clips")
_NO_TRUTH = "the true evoked part of these recordings is not known"
_MODULE = "videeg_pipe.scoring.alignment.correlation"
_REPEATS = "videeg_pipe.scoring.alignment.repeats"

SCORES = (
    _row(
        name="conditional_mean_r",
        label="r of the conditional mean",
        definition="r between the mean of several draws for a window and the real window.",
        direction="larger",
        floor="`shuffled_video_r`, `wrong_time_r`, `mean_response_r`",
        ceiling="`ceiling_r`, or `ceiling_r_repeats`",
        limits="Samples need not look like EEG: a generator of the mean alone scores best here.",
        function=f"{_MODULE}:conditional_mean_r",
        trial="conditional_mean_r",
        sheet="scores",
        column="r of the mean",
        headline="Follows the video",
        ranked=True,
        relative="of_ceiling",
        best="ceiling",
        people=True,
    ),
    _row(
        name="ceiling_r",
        label="ceiling (true evoked part)",
        definition="r between the true evoked part and the real window: the conditional_mean_r "
        "of a perfect generator.",
        limits="Null where the true evoked part is unknown.",
        function=f"{_MODULE}:ceiling_r",
        missing=_NO_TRUTH,
    ),
    _row(
        name="ceiling_r_between_subjects",
        label="other people, same video",
        definition="r between the mean of the other subjects' real windows of the same moment of "
        "the same video and the real window: an estimate of the ceiling, low with few subjects.",
        limits="An underestimate of the ceiling with few people.",
        function=f"{_MODULE}:between_subjects_r",
        missing="no two people of the split saw the same moment of a video",
    ),
    _row(
        name="ceiling_r_repeats",
        label="ceiling (repeats)",
        definition="Square root of the mean r between repeats: real windows of one person that "
        "show the same moment of a video in different presentations. It estimates the r of a real "
        "window with the mean of infinitely many repeats (Spearman-Brown formula).",
        source="Spearman 1910; Brown 1910",
        limits="An estimate from few repeats is uncertain. Activity that follows the start of "
        "every presentation, such as fatigue, counts as a response.",
        missing="nobody saw the same moment of a video twice in this split",
    ),
    _row(
        name="of_ceiling",
        label="r of the mean / ceiling",
        definition="conditional_mean_r / ceiling_r, each the mean over windows. The bootstrap "
        "draws the same clips for both. Where the true evoked part is unknown, / "
        "ceiling_r_repeats, over the windows that have repeats.",
        direction="larger",
        ideal=1,
        limits="Null where neither ceiling is known.",
        trial="of_ceiling",
        sheet="scores",
        people=True,
        missing=_NO_TRUTH,
        phantoms=True,
    ),
    _row(
        name="shuffled_video_r",
        label="r with other videos",
        definition="Mean r between the conditional mean and real windows of the same subject at "
        "the same place in other clips of other concepts. Without such windows: at any place; "
        "where all clips are of one concept: in other clips.",
        direction="smaller",
        ideal=0,
        limits="Compare with `conditional_mean_r`; the value alone is not informative.",
        function=f"{_MODULE}:shuffled_video_r",
        missing="no subject has windows of two videos or concepts",
        trial="shuffled_video_r",
        sheet="scores",
    ),
    _row(
        name="wrong_time_r",
        label="r with other times",
        definition="Mean r between the conditional mean and real windows of the same subject and "
        "video at other times, which do not overlap. First windows of clips are left out.",
        direction="smaller",
        ideal=0,
        limits="Null where all windows lie a whole number of periods of a flicker apart.",
        function=f"{_REPEATS}:wrong_time_r",
        missing="no subject has two separate windows of one video, or a flicker is at the same "
        "phase in all: choose another windows.stride_s",
        trial="wrong_time_r",
        sheet="scores",
    ),
    _row(
        name="mean_response_r",
        label="r of the mean training window",
        definition="r between the mean of the subject's training windows and the real window: "
        "the r of somebody who does not look at the video. For people without training windows, "
        "the mean over people.",
        direction="smaller",
        limits="High where all windows start at the same phase of the stimulus.",
        function=f"{_REPEATS}:mean_response_r",
        missing="there are no training windows here",
        trial="mean_response_r",
        sheet="scores",
    ),
    _row(
        name="blank_video_r",
        label="r without video",
        definition="r between the real window and the mean of draws with the same seeds whose "
        "CLIP features and stimulus track are zero.",
        direction="smaller",
        ideal=0,
        limits="Compare with `conditional_mean_r`; the value alone is not informative.",
        function=f"{_MODULE}:blank_video_r",
        trial="blank_video_r",
        sheet="scores",
    ),
    _row(
        name="sample_r",
        label="r of a sample",
        definition="r between one released sample and the real window it was generated for.",
        direction="ideal",
        ideal="perfect_sample_r",
        ceiling="about `ceiling_r`²",
        limits="Higher is not always better: above `perfect_sample_r`, samples lack activity that "
        "the video does not evoke.",
        trial="sample_r",
        sheet="scores",
    ),
    _row(
        name="perfect_sample_r",
        label="r of a perfect sample",
        definition="sample_r of a perfect generator: r between a real window and its true evoked "
        "part plus the remainder (real minus evoked) of another window of the same subject. About "
        "the square of ceiling_r.",
        limits="Null where the true evoked part is unknown.",
        function=f"{_MODULE}:perfect_sample_r",
        missing=_NO_TRUTH,
    ),
    _row(
        name="concept_retrieval",
        label="concept retrieval",
        definition="Share of real windows that identify their own concept among k. The candidates "
        "are one conditional mean per concept, of the same subject and place in the clip; for the "
        "window's own concept, that of its own video. The candidate with the highest r wins, ties "
        "are drawn, and the score averages over the videos that stand for another concept. "
        "chance: mean of 1/k. ceiling: the same with true evoked parts.",
        direction="larger",
        floor="`chance`, 1/k",
        ceiling="the same with true evoked parts",
        source="ours, after retrieval in image decoding",
        limits="Luminance and cuts of the same video suffice; the concept need not matter. The "
        "mean belongs to the window's own video, so transfer between videos is not tested.",
        trial="concept_retrieval",
        sheet="scores",
    ),
    _row(
        name="steady_state_snr",
        label="steady-state SNR",
        definition="Power of released samples at the frequencies of a flicker and their second "
        "and third harmonics below `preprocess.h_freq`, over the mean power 2 and 3 / window "
        "length to either side, averaged over electrodes; geometric mean over frequencies. "
        "ceiling: the same of the real windows. floor: the same of samples for flicker of the "
        "other frequencies. frequencies: these for each.",
        direction="ideal",
        ideal="its ceiling",
        floor="at the frequencies of other stimuli",
        ceiling="the same of the real windows",
        source="Norcia et al. 2015, doi 10.1167/15.6.4",
        limits="Says nothing about phase. In windows of 1 s, the alpha rhythm counts as noise of "
        "8 to 12 Hz and as signal where its peak is narrow.",
        missing="no stimulus flickers at a steady frequency",
        trial="steady_state_snr",
        sheet="scores",
    ),
    _row(
        name="lag_ms",
        label="lag",
        definition="Lag of the largest correlation between conditional mean and real windows. "
        "Positive: the generated response is late. Meaningless at chance.",
        unit="ms",
        direction="ideal",
        ideal=0,
        limits="Meaningless where the video has no effect.",
    ),
)
TERMS = (
    Term(
        "r",
        "Pearson correlation between two flattened windows (electrodes x samples), both divided "
        "by the normalisation's scale, averaged over windows; 95 % interval from a bootstrap over "
        "clips.",
    ),
    Term(
        "chance",
        "Test of the conditioning. above_chance is true if the 99 % interval of the difference "
        "conditional_mean_r - shuffled_video_r, paired by window, lies above zero, or that of "
        "conditional_mean_r - wrong_time_r: videos of the same rhythm differ in time alone. "
        "control names which. Where the phase of a flicker is unknown, above_chance is true if the "
        "interval of steady_state_snr lies above that of its floor. It says nothing about the size "
        "of the response.",
    ),
)
