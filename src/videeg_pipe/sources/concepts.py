"""SEED-DV's forty concepts in nine groups, numbered from 1, and the files that list them."""

LABELS_NPY = "All_video_label.npy"
"""Concept shown at each place of each block."""
EMOTIONS_NPY = "All_video_emotion.npy"
"""-1, 0 or 1 for each concept shown. SEED-DV itself has no such file; it is read where present."""

_GROUPS = {
    "land animal": "cat, dog, elephant, horse, panda, rabbit, bird",
    "water animal": "fish, jellyfish, shark, turtle",
    "plant": "flower, mushroom, tree",
    "exercise": "boxing, dancing, running, skiing",
    "human": "face, couple, crowd",
    "natural scene": "beach, buildings, mountain, road, water, fireworks",
    "food": "banana, cake, drink, pizza, watermelon",
    "musical instrument": "drum, guitar, piano",
    "transportation": "bike, car, hot-air balloon, airplane, ship",
}
_NAMED = [(name, group) for group, names in _GROUPS.items() for name in names.split(", ")]

CONCEPTS: dict[int, str] = {number: name for number, (name, _) in enumerate(_NAMED, start=1)}
CONCEPT_GROUPS: dict[int, str] = {number: group for number, (_, group) in enumerate(_NAMED, 1)}
