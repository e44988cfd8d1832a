"""Stage `report`: the validation page."""
