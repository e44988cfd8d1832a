import pytest

from videeg_pipe.config import ConfigError, load


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"decoders": ["lookup", "nobody"]}, r"augment\.decoders: expected some of .*found nobody"),
        ({"shares": [0, 50]}, r"augment\.shares: expected percentages .*found \[0"),
        ({"calibration": [101]}, r"augment\.calibration: expected percentages .*found \[101"),
        ({"multiples": []}, r"augment\.multiples"),
        ({"multiples": [0, 1]}, r"augment\.multiples"),
    ],
)
def test_values_that_do_not_exist_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        load({"augment": options})


def test_virtual_calibration_can_be_left_out():
    assert load({"augment": {"calibration": []}}).augment.calibration == []
