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


def test_a_concept_without_training_clips_is_refused():
    assert (classifier().concepts[classifier().codes(TRUE)] == TRUE).all()
    with pytest.raises(UserError, match="also boats"):
        classifier().codes(np.array([*TRUE, "boats"]))
    with pytest.raises(UserError, match="two or more concepts"):
        train_picture_classifier(TRAINING[:2], np.array([LABELS[0]] * 2))
