"""The verdict on the conditioning, and its place on the page."""

from tests.report.pages import text_of


def test_verdict_follows_the_scores(scores):
    scores["alignment"]["chance"]["above_chance"] = False
    text = text_of(scores).lower()
    assert "the conditioning is at chance" in text and "not shown" in text
    scores["alignment"]["chance"]["above_chance"] = True
    scores["alignment"]["conditional_mean_r"] |= {"value": 0.3, "low": 0.2, "high": 0.4}
    scores["alignment"]["ceiling_r"] |= {"value": 0.6, "low": 0.5, "high": 0.7}
    text = text_of(scores)
    assert "conditioning is at chance" not in text.lower()
    assert "50 % of the ceiling" in text


def test_the_first_screen_says_what_test_and_training_share(scores):
    assert "Also in the training: 0 of its 1 video and 4 of its 4 people." in text_of(scores)
