import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from tests.scoring.decoding.toy import CONCEPTS, LABELS, TRAINING, classifier, clips
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.scoring.decoding.classifier import train_picture_classifier

FRAMES, TRUE = clips(7)


@pytest.mark.parametrize("blur", [0, 1])
def test_concepts_of_new_clips_are_named_though_they_are_blurred(blur):
    frames = gaussian_filter(FRAMES.astype(np.float32), (0, 0, blur, blur, 0)).astype(np.uint8)
    probability = classifier().probabilities(frames)
    assert probability.shape == (len(FRAMES), CONCEPTS)
    named = classifier().concepts[probability.argmax(1)]
    assert (named == TRUE).mean() > 0.9


def test_an_autoencoder_that_changes_colours_hides_no_concept():
    def coded(frames):
        return np.rint(0.3 * frames.astype(np.float32) + 100).astype(np.uint8)

    batches = (coded(TRAINING[at : at + 16]) for at in range(0, len(TRAINING), 16))
    knowing = train_picture_classifier(TRAINING, LABELS, batches)
    right = [
        np.mean(of.concepts[of.probabilities(frames).argmax(1)] == TRUE)
        for of in (classifier(), knowing)
        for frames in (FRAMES, coded(FRAMES))
    ]
    assert right[1] < 0.6 < 0.85 < min(right[0], right[2], right[3])


def test_a_concept_without_training_clips_is_refused():
    assert (classifier().concepts[classifier().codes(TRUE)] == TRUE).all()
    with pytest.raises(UserError, match="also boats"):
        classifier().codes(np.array([*TRUE, "boats"]))
    with pytest.raises(UserError, match="two or more concepts"):
        train_picture_classifier(TRAINING[:2], np.array([LABELS[0]] * 2))
