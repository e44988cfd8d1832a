"""May I share this? One answer from audit, licence, consent and guarantee."""

from typing import Any

import pytest

from videeg_pipe.contracts.sharing import audit_verdict, sharing

STATED = {
    "license": "CC-BY-4.0",
    "authors": ["A. Name", "B. Name"],
    "consent": "all people agreed to the publication of synthetic EEG",
    "video_licence": "CC0",
    "subject_codes": "pseudonyms; their key is not part of the release",
}


def audit(auc: float = 0.5, ratio: float = 1.0, control: float = 0.99) -> dict[str, Any]:
    """Make the section `privacy` of metrics.json, with intervals of +- 0.02."""

    def entry(value: float, **more: float) -> dict[str, float]:
        return {"value": value, "low": value - 0.02, "high": value + 0.02, **more}

    return {
        "membership_auc": entry(auc),
        "copy_ratio": entry(ratio),
        "copied_share": entry(0.01, ideal=0.01),
        "positive_control_auc": entry(control),
        "linkage": entry(0.9, chance=0.25),
        "guarantee": "no formal guarantee",
    }


def answer(privacy: dict | None = None, *, simulated=False, frames=False, units=(), **rights):
    shown = audit() if privacy is None else privacy
    return sharing(STATED | rights, shown, simulated=simulated, frames=frames, units=units)


def attacked(auc: float, **attacks: float) -> dict[str, Any]:
    """Make an audit whose attacks succeed differently, with intervals of +- 0.02."""
    privacy = audit(auc=auc)
    each = {n: {"value": v, "low": v - 0.02, "high": v + 0.02} for n, v in attacks.items()}
    privacy["membership_auc"] |= {"attacks": each, "floor": {"high": 0.55}}
    return privacy


def test_recorded_people_with_everything_stated_are_shared_as_personal_data():
    made = answer()
    assert made.short.startswith("Yes, under CC-BY-4.0, if the stated consent covers it")
    assert "not as anonymous data" in made.short and made.good is None
    assert dict(made.facts) == {
        "Licence": "CC-BY-4.0",
        "Authors": "A. Name, B. Name",
        "Consent": STATED["consent"],
        "Videos": "CC0; no frame is part of the release",
        "Subject codes": STATED["subject_codes"],
        "Audit": "Copies of recordings? No sign of it. 90 % of the samples are linked to their "
        "person (chance 25 %).",
        "Model": "not part of the release; this answer does not cover it",
        "Guarantee": "no formal guarantee",
    }


@pytest.mark.parametrize(
    ("rights", "named"),
    [
        ({"license": "not stated"}, "Not stated: release.licence."),
        ({"consent": "not stated"}, "Not stated: release.consent."),
        (
            {"license": "not stated", "consent": "not stated; ethics approval: 12/2024"},
            "Not stated: release.licence, release.consent.",
        ),
    ],
)
def test_rights_that_nobody_stated_forbid_it(rights, named):
    made = answer(**rights)
    assert (made.short, made.good) == ("Not yet.", False)
    assert named in made.text


def test_the_licence_of_the_videos_counts_where_frames_are_released():
    assert answer(video_licence="not stated").good is None
    made = answer(video_licence="not stated", frames=True)
    assert (made.short, made.good) == ("Not yet.", False)
    assert "release.video_licence" in made.text


@pytest.mark.parametrize(
    "found",
    [audit(auc=0.8, ratio=0.5), audit(ratio=0.5), audit(auc=0.8), audit(control=0.5)],
    ids=["copies", "too near", "members", "blind audit"],
)
def test_an_audit_with_a_finding_forbids_it(found):
    made = answer(found)
    assert (made.short, made.good) == ("No.", False)
    assert audit_verdict(found).finding in made.text and "and run again." in made.text


def test_an_attack_with_the_weights_speaks_against_sharing_the_model_alone():
    found = attacked(0.94, denoising_loss=0.95, nearest_window=0.48, nearest_spectra=0.5)
    assert audit_verdict(found).short == "No sign of it."
    made = answer(found)
    assert made.short.startswith("Yes, under CC-BY-4.0, if")
    model = dict(made.facts)["Model"]
    assert "do not share it" in model and "0.95 [0.93, 0.97]" in model


@pytest.mark.parametrize(
    "found",
    [
        attacked(0.9, denoising_loss=0.9, nearest_window=0.7),
        attacked(0.7, denoising_loss=0.5, nearest_window=0.5),  # only together
    ],
)
def test_an_attack_on_the_samples_forbids_it_whatever_the_weights_reveal(found):
    made = answer(found)
    assert (made.short, made.good) == ("No.", False)
    assert made.text.startswith("The samples reveal which recordings were in the training.")


def test_without_an_audit_the_answer_is_not_yes():
    nothing = {"value": None, "reason": "nobody has released windows both trained on and held out"}
    found = audit() | {"membership_auc": nothing}
    made = answer(found, units=["run"])
    assert (made.short, made.good) == ("Not yet.", False)
    assert nothing["reason"] in made.text and "split.by: run, " in made.text
    assert "These recordings allow none" in answer(found).text
    few = audit() | {"membership_auc": {"value": None, "reason": "3 clips, it needs 5"}}
    assert "release.n_samples" in answer(few).text and "split.by" not in answer(few).text
    assert answer({}).short == "Not yet."


def test_simulated_people_need_a_licence_only():
    made = answer(audit(auc=0.8, ratio=0.5), simulated=True, consent="not needed")
    assert (made.short, made.good) == ("Yes, under CC-BY-4.0.", True)
    assert answer(simulated=True, license="not stated").short == "Not yet."
