import pytest

from videeg_pipe.config import ConfigError, load


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"decoders": ["lookup", "nobody"]}, r"augment\.decoders: expected some of .*found nobody"),
        ({"shares": [0, 50]}, r"augment\.shares: expected percentages .*found \[0"),
        ({"calibration": [101]}, r"augment\.calibration: expected percentages .*found \[101"),
        ({"shares": [50, 50.0]}, r"augment\.shares: expected each value once, found \[50"),
        ({"multiples": [1, 1]}, r"augment\.multiples: expected each value once"),
        ({"decoders": ["lookup"] * 2}, r"augment\.decoders: expected each value once"),
        ({"calibration": [15, 15]}, r"augment\.calibration: expected each value once"),
        ({"multiples": []}, r"augment\.multiples"),
        ({"multiples": [0, 1]}, r"augment\.multiples"),
    ],
)
def test_values_that_do_not_exist_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        load({"augment": options})


def test_virtual_calibration_can_be_left_out():
    assert load({"augment": {"calibration": []}}).augment.calibration == []
