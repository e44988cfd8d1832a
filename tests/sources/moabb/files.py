"""Small files with the shape, layout and names of those that MOABB 1.7.2 downloads."""

from pathlib import Path

import mne
import numpy as np
from numpy.typing import NDArray
from scipy.io import savemat

KALUNGA = ("Oz", "O1", "O2", "PO3", "POz", "PO7", "PO8", "PO4")
KALUNGA_CODES = {"rest": 1, "13": 2, "21": 3, "17": 4}
_KALUNGA_EXCLUDED = (  # sessions that the authors leave out
    *("2013.04.06-16.22.32", "2014.02.26-15.10.48", "2014.02.26-15.50.09"),
    *("2014.02.24-17.56.37", "2014.02.24-18.02.40"),
)


def kalunga_file(data: Path, person: int, run: int) -> Path:
    """Name a file of Kalunga2016 in the folder MNE_DATA."""
    folder = data / "MNE-ssvepexo-data" / "zenodo" / "2392979"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"subject{person:02d}_run{run}_raw.fif"


def real_kalunga(real: Path, data: Path, person: int) -> list[mne.io.BaseRaw]:
    """Put the recordings of one person into MOABB's layout; events become a channel.

    Returns:
        The recordings as published.
    """
    files = [
        file
        for file in sorted((real / f"subject{person:02d}").glob("*_raw.fif"))
        if not any(name in file.name for name in _KALUNGA_EXCLUDED)
    ]
    raws = []
    for number, file in enumerate(files, start=1):
        raw = mne.io.read_raw_fif(file, preload=True, verbose="error")
        raws.append(raw.copy())
        events = mne.read_events(str(file).replace("_raw.fif", "-eve.fif"), verbose="error")
        _with_events(raw, events[:, 0] - raw.first_samp, events[:, 2])
        raw.save(kalunga_file(data, person, number), verbose="error")
    return raws


def kalunga(data: Path, person: int, n_runs: int = 2, n_trials: int = 32) -> None:
    """Write runs of noise and flicker with the units of the published files.

    Positions are a thousand times too large, and so are amplitudes.
    """
    sfreq, rng = 256.0, np.random.default_rng(person)
    names = np.resize(list(KALUNGA_CODES), n_trials)
    for run in range(1, n_runs + 1):
        onsets = np.round((2 + 8 * np.arange(n_trials)) * sfreq).astype(int)
        order = rng.permutation(names)
        n_samples = onsets[-1] + round(8 * sfreq)
        x = 10 * rng.standard_normal(n_samples) + 3 * rng.standard_normal((len(KALUNGA), n_samples))
        for onset, name in zip(onsets, order, strict=True):
            if name != "rest":
                n = round(5 * sfreq)
                phase = rng.uniform(0, 2 * np.pi)
                wave = np.sin(2 * np.pi * float(name) * np.arange(n) / sfreq + phase)
                x[:, onset : onset + n] += np.linspace(6, 2, len(KALUNGA))[:, None] * wave
        raw = mne.io.RawArray(
            1e-3 * x, mne.create_info(list(KALUNGA), sfreq, "eeg"), verbose="error"
        )
        raw.set_montage("colin27_1005")
        for channel in raw.info["chs"]:
            channel["loc"][:3] *= 1000
        _with_events(raw, onsets, [KALUNGA_CODES[name] for name in order])
        raw.save(kalunga_file(data, person, run), verbose="error")


def _with_events(raw: mne.io.BaseRaw, samples, codes) -> None:
    stim = np.zeros((1, raw.n_times))
    stim[0, samples] = codes
    info = mne.create_info(["stim"], raw.info["sfreq"], "stim")
    raw.add_channels([mne.io.RawArray(stim, info, verbose="error")], force_update_info=True)


WANG_ORDER = [f"{8 + k + 0.2 * step:g}" for step in range(5) for k in range(8)]
"""Target of each place in the third dimension, Hz."""


def wang(data: Path, person: int) -> None:
    """Write trials that are zero but for the first sample of the stimulus.

    In microvolts, channel C of target t in block b has 1000 + 100 b + t there; counts from 0.
    """
    x = np.zeros((64, 1500, 40, 6), np.int16)
    x[:, 125] = 1000 + 100 * np.arange(6) + np.arange(40)[:, None]
    folder = data / "MNE-wang-data" / "zenodo" / "14865172"
    folder.mkdir(parents=True)
    savemat(folder / f"S{person}.mat", {"data": x}, do_compression=True)


BETA_ORDER = [f"{8 + 0.2 * ((k + 3) % 40):g}" for k in range(40)]
"""Target of each place in the fourth dimension, Hz."""


def beta(data: Path, person: int, stimulus_s: float) -> None:
    """Write trials of Liu2020BETA that are zero but for the first sample of the stimulus.

    In microvolts, all channels of target t in block b have 1000 + 100 b + t there.
    """
    x = np.zeros((64, 250 + round(250 * stimulus_s), 4, 40), np.int16)
    x[:, 125] = 1000 + 100 * np.arange(4)[:, None] + np.arange(40)
    facts = {"age": 25, "gender": "female", "sub": f"S{person}"}
    folder = data / "MNE-liu2020beta-data"
    folder.mkdir(parents=True)
    values = {"data": {"EEG": x, "suppl_info": facts}}
    savemat(folder / f"S{person}.mat", values, do_compression=True)


NAKANISHI_ORDER = [
    *("9.25", "11.25", "13.25", "9.75", "11.75", "13.75"),
    *("10.25", "12.25", "14.25", "10.75", "12.75", "14.75"),
]
"""Target of each place in the first dimension, Hz."""


def nakanishi(data: Path, person: int, amplitude_uv: float = 5.0) -> NDArray[np.float32]:
    """Write noise with the flicker of each target, whose light comes 38 samples into a trial.

    Returns:
        Microvolts (12, 8, 1114, 15).
    """
    rng = np.random.default_rng(person)
    x = 10 * rng.standard_normal((12, 8, 1114, 15)).astype(np.float32)
    times = (np.arange(1114) - 38) / 256
    for place, name in enumerate(NAKANISHI_ORDER):
        phase = round((float(name) - 9.25) / 0.5) * np.pi / 2
        wave = np.where(times >= 0, np.sin(2 * np.pi * float(name) * (times - 0.1) + phase), 0)
        x[place] += amplitude_uv * wave[:, None].astype(np.float32)
    folder = data / "MNE-nakanishi-data" / "mnakanishi/12JFPM_SSVEP/raw/master/data"
    folder.mkdir(parents=True, exist_ok=True)
    savemat(folder / f"s{person}.mat", {"eeg": x})
    return x


LEE = ("Fp1", "Cz", "POz", "O1", "Oz", "O2")
LEE_CLASSES = ("up", "left", "right", "down")
LEE_HZ = dict(zip(LEE_CLASSES, ("12", "8.57", "6.67", "5.45"), strict=True))


def lee(data: Path, person: int, n_trials: int = 100, sfreq: int = 100) -> None:
    """Write the training runs of both sessions, with fewer channels at a lower rate."""
    rng = np.random.default_rng(person)
    for session in (1, 2):
        onsets = np.arange(n_trials) * 6 * sfreq + 2 * sfreq
        n_samples, names = onsets[-1] + 8 * sfreq, np.empty((4, 2), object)
        for number, word in enumerate(LEE_CLASSES, start=1):
            names[number - 1] = [number, word]
        run = {
            "x": (10 * rng.standard_normal((n_samples, len(LEE)))).astype(np.float32),
            "t": onsets[None],
            "fs": sfreq,
            "y_dec": rng.permutation(np.resize([1, 2, 3, 4], n_trials))[None],
            "class": names,
            "chan": np.array(LEE, object)[None],
            "EMG": np.zeros((n_samples, 4), np.float32),
            "EMG_index": np.array([f"EMG{k}" for k in range(1, 5)], object)[None],
        }
        folder = data / "MNE-lee2019-ssvep-data" / "gigadb-datasets/live/pub/10.5524"
        folder = folder / f"100001_101000/100542/session{session}/s{person}"
        folder.mkdir(parents=True)
        file = folder / f"sess{session:02d}_subj{person:02d}_EEG_SSVEP.mat"
        savemat(file, {"EEG_SSVEP_train": run})


def thielen2015(data: Path, person: int, n_trials: int = 4, sfreq: int = 480) -> list[list[str]]:
    """Write the three runs of one person: noise, and trials of 4.2 s after every 5 s.

    Returns:
        The bits that each trial of each run showed in one cycle, 126 of them.
    """
    rng, shown = np.random.default_rng(person), []
    root = data / "MNE-thielen2015-data" / "dcc" / "DSC_2018.00047_553_v3"
    montage = mne.channels.make_standard_montage("biosemi64")
    _write_loc(root / "resources" / "biosemi64.loc", montage.get_positions()["ch_pos"])
    names = [*montage.ch_names]
    names += [f"EXG{k}" for k in range(1, 9)] + [f"ANA{k}" for k in range(1, 33)] + ["status"]
    for run in range(1, 4):
        codes = rng.integers(0, 2, (126, 65))
        subset, layout = rng.permutation(65)[:36] + 1, rng.permutation(36) + 1
        labels = rng.integers(1, 37, n_trials)
        onsets = (2 + 5 * np.arange(n_trials)) * sfreq + rng.integers(0, 50, n_trials)
        x = rng.integers(-50, 50, (len(names), (5 + 5 * n_trials) * sfreq))
        x[-1] = 0
        for onset in onsets:
            x[-1, onset : onset + 10] = 1
        folder = root / "sourcedata" / f"sub-{person:02d}" / f"test_sync_{run}"
        folder.mkdir(parents=True)
        stem = folder / f"sub-{person:02d}_test_sync_{run}"
        write_gdf(stem.with_suffix(".gdf"), names, x, sfreq)
        values = {"codes": codes, "subset": subset, "layout": layout, "labels": labels}
        savemat(stem.with_suffix(".mat"), values)
        own = codes[:, subset[layout[labels - 1] - 1] - 1]
        shown.append(["".join(map(str, code)) for code in own.T])
    return shown


def thielen2021(data: Path, person: int, n_trials: int = 2, sfreq: int = 240) -> list[list[str]]:
    """Write the five blocks of person 1: noise, and trials of 31.5 s after every 36 s.

    Some trials have one event more than they have cycles, as in the published files.

    Returns:
        The bits that each trial of each block showed in one cycle, 126 of them.
    """
    rng, shown = np.random.default_rng(person), []
    root = data / "MNE-thielen2021-data" / "dcc" / "DSC_2018.00122_448_v3"
    places = mne.channels.make_standard_montage("colin27_1005").get_positions()["ch_pos"]
    cap = ("Fpz", "T7", "O1", "POz", "Oz", "Iz", "O2", "T8")
    _write_loc(root / "resources" / "nt_cap8.loc", {name: places[name] for name in cap})
    codes = rng.integers(0, 2, (126, 20))
    savemat(root / "resources" / "mgold_61_6521_flip_balanced_20.mat", {"codes": codes})
    names = ["AF3", "F3", "FC5", "P7", "P8", "FC6", "F4", "AF4", "status"]  # as the amplifier's
    for block in range(1, 6):
        labels = rng.integers(1, 21, n_trials)
        x = rng.integers(-50, 50, (len(names), (4 + 36 * n_trials) * sfreq))
        x[-1] = 0
        for trial in range(n_trials):
            onset = round((2 + 36 * trial) * sfreq) + rng.integers(0, 50)
            for cycle in range(15 + trial % 2):
                at = onset + round(2.1 * cycle * sfreq)
                x[-1, at : at + 10] = 1
        folder = root / "sourcedata/offline" / f"sub-{person:02d}" / f"block_{block}"
        folder.mkdir(parents=True)
        name = f"sub-{person:02d}_20181128_block_{block}_main_eeg.gdf"
        write_gdf(folder / name, names, x, sfreq)
        savemat(folder / "trainlabels.mat", {"v": labels})
        shown.append(["".join(map(str, codes[:, label - 1])) for label in labels])
    return shown


def _write_loc(path: Path, places: dict[str, NDArray[np.float64]]) -> None:
    """Write positions in the format .loc of EEGLAB: number, angle, radius, name."""
    path.parent.mkdir(parents=True)
    lines = []
    for number, (name, (x, y, z)) in enumerate(places.items(), start=1):
        angle = np.degrees(np.arctan2(x, y))
        radius = 0.5 - np.degrees(np.arctan2(z, np.hypot(x, y))) / 180
        lines.append(f"{number}\t{angle:.4f}\t{radius:.5f}\t{name}\n")
    path.write_text("".join(lines), encoding="ascii")


def write_gdf(path: Path, names: list[str], x: NDArray[np.int_], sfreq: int) -> None:
    """Write integers, (C, N), as 16-bit microvolts in GDF 2.10, with records of one second.

    Schlögl 2013, "GDF - A general dataformat for biosignals", arXiv cs/0608052v10.
    """
    n, records = len(names), x.shape[1] // sfreq
    fixed = b"GDF 2.10" + b"X X".ljust(66) + bytes(14) + b"test".ljust(64) + bytes(16 + 8 + 8)
    fixed += np.uint16(1 + n).tobytes() + bytes(6 + 8 + 6 + 6 + 12 + 12)  # header, 256 bytes each
    fixed += np.int64(records).tobytes() + np.array([1, 1], np.uint32).tobytes()
    fixed += np.uint16(n).tobytes() + bytes(2)
    highest = 2.0**15 - 1
    parts = [
        b"".join(name.encode().ljust(16, b"\0") for name in names),
        bytes((80 + 6) * n),
        np.full(n, 4275, np.uint16).tobytes(),  # microvolts
        *(np.full(n, limit).tobytes() for limit in (-highest, highest) * 2),
        bytes((68 + 4 + 4 + 4) * n),
        np.full(n, sfreq, np.int32).tobytes(),  # samples per record
        np.full(n, 3, np.int32).tobytes(),  # 16-bit integers
        bytes((12 + 1 + 19) * n),
    ]
    header = fixed + b"".join(parts)
    assert len(header) == 256 * (1 + n)
    values = x[:, : records * sfreq].reshape(n, records, sfreq).transpose(1, 0, 2)
    path.write_bytes(header + values.astype("<i2").tobytes() + bytes([1, 0, 0, 0]) + bytes(4))
