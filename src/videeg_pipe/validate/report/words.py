"""What the page says in words: numbers with their units, the lead, the verdict."""

from collections.abc import Mapping
from typing import Any

from videeg_pipe.contracts.bands import BANDS

SOURCES = {
    "phantom": "the phantom: simulated EEG whose answer to the video is known",
    "seed-dv": "SEED-DV",
    "bids": "a BIDS-EEG data set",
}
PROTOCOLS = {
    "generation": "from noise and the video, the window's real EEG unseen",
    "reconstruction": "with real EEG of the same recording given",
}
CLASSIFIERS = {
    "spectra_logistic": "logistic regression on spectra",
    "spectra_forest": "random forest on spectra",
    "covariance_logistic": "logistic regression on covariances",
    "covariance_forest": "random forest on covariances",
    "window_eegnet": "EEGNet on the window",
}
TARGETS = {"concept": "Concept", "emotion": "Emotion"}
LIMITS = (
    "That nobody can be recognised. Privacy is not measured here.",
    "That the samples teach other classifiers, or other questions, than those that were tried.",
    "That the model would do as well for new people, new laboratories or other kinds of video than "
    "those of the test split.",
    "That single samples are right. Averages over windows can agree where single ones do not.",
    "That a correlation is high or low in itself: single windows of EEG are mostly not about the "
    "video. Read every r against its ceiling.",
    "That another training would give the same numbers. Intervals cover the choice of clips, not "
    "of the seed.",
)


def number(value: float | None) -> str:
    """A number with about three significant digits, never in powers of ten."""
    if value is None:
        return "–"
    digits = next((n for limit, n in ((1, 3), (10, 2), (100, 1)) if abs(value) < limit), 0)
    shown = f"{value:,.{digits}f}"
    return shown.lstrip("-") if float(shown.replace(",", "")) == 0 else shown.replace("-", "−")


def with_interval(entry: Mapping[str, Any]) -> str:
    """A value and its interval, if it has one."""
    if entry.get("low") is None:
        return number(entry["value"])
    return f"{number(entry['value'])} [{number(entry['low'])}, {number(entry['high'])}]"


def told_apart(entry: Mapping[str, Any]) -> str:
    """What the classifier two-sample test is called, with the classifier that did best."""
    best = CLASSIFIERS.get(entry.get("which", ""))
    return "Told from real by a classifier" + (f" ({best})" if best else "")


def ceiling(alignment: Mapping[str, Any]) -> tuple[float | None, str]:
    """The best ceiling that is known, and what it is called."""
    if alignment["ceiling_r"]["value"] is not None:
        return alignment["ceiling_r"]["value"], "ceiling (true evoked part)"
    return alignment["ceiling_r_between_subjects"]["value"], "other people, same video"


def verdict(alignment: Mapping[str, Any]) -> dict[str, Any]:
    """Whether the conditioning works, in a sentence and its reason."""
    mean = alignment["conditional_mean_r"]
    shuffled = alignment["shuffled_video_r"]["value"]
    against = (
        f"r = {with_interval(mean)} with its own video"
        f" against {number(shuffled)} with videos of other concepts"
    )
    if alignment["chance"]["above_chance"]:
        best, name = ceiling(alignment)
        share = (
            f", {100 * mean['value'] / best:.0f} % of the {name}, {number(best)}" if best else ""
        )
        text = f"The mean of several draws reaches {against}{share}."
        return {"good": True, "short": "Conditioning works here.", "text": text}
    chance = alignment["chance"]
    reason = chance.get("reason") or (
        f"the difference, {with_interval(chance['difference'])} at 99 %, cannot be told from zero"
    )
    text = (
        f"The mean of several draws reaches {against}: {reason}. Whatever the samples look like, "
        "they do not answer to the video."
    )
    return {"good": False, "short": "Conditioning is at chance here.", "text": text}


def bars(metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The handful of numbers of the first screen, each on a scale with its floor and ceiling."""
    alignment, fidelity = metrics["alignment"], metrics["fidelity"]
    best, best_name = ceiling(alignment)
    similarity = [fidelity["band_similarity"][band] for band in BANDS]
    made = [
        _bar(
            "Answer to the video",
            "r of the conditional mean; higher is better",
            alignment["conditional_mean_r"],
            {"shuffled video": alignment["shuffled_video_r"]["value"], best_name: best},
        ),
        _bar(
            "Band powers",
            "overlap with the real distribution, mean over bands; higher is better",
            {"value": _mean(similarity)},
            {
                "white noise": _mean([{"value": entry["white_noise"]} for entry in similarity]),
                "real against real": _mean([entry["floor"] or {} for entry in similarity]),
            },
        ),
    ]
    for key, name, what in (
        ("psd_distance", "Spectra", "distance in dB; lower is better"),
        ("covariance_error", "Covariance between electrodes", "relative error; lower is better"),
        ("autocorrelation_error", "Course in time", "autocorrelation error; lower is better"),
    ):
        entry = fidelity[key]
        marks = {
            "real against real": (entry["floor"] or {}).get("value"),
            "white noise": entry["white_noise"],
        }
        made.append(_bar(name, what, entry, marks))
    return made


def _bar(
    name: str, what: str, entry: Mapping[str, Any], marks: Mapping[str, float | None]
) -> dict[str, Any]:
    known = {label: value for label, value in marks.items() if value is not None}
    value = entry["value"]
    end = 1.12 * max(
        [abs(v) for v in (*known.values(), value or 0, entry.get("high") or 0)] + [1e-9]
    )

    def place(at: float) -> float:
        return round(100 * min(max(at / end, 0.0), 1.0), 2)

    return {
        "name": name,
        "what": what,
        "value": with_interval(entry),
        "width": place(value or 0.0),
        "marks": [
            {"label": label, "value": number(at), "place": place(at)} for label, at in known.items()
        ],
    }


def _mean(entries: list[Mapping[str, Any]]) -> float | None:
    values = [entry.get("value") for entry in entries]
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) == len(values) else None
