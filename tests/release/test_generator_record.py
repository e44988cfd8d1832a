"""The generator's record."""

import json

from tests.release.parts import refused
from videeg_pipe.runtime.files import write_json


def test_record_without_positions_is_refused(small, make):
    path = small / "models" / "spgn" / "model.json"
    model = json.loads(path.read_text())
    del model["layout"]["positions_m"]
    write_json(path, model)
    refused(make, "model.json", "layout.positions_m")
