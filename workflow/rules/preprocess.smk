"""preprocess: clean recordings, windows, splits and scales."""


rule preprocess:
    """Filter, resample, interpolate bad channels and re-reference the recordings of one subject."""
    input:
        recordings=rules.acquire.output.recordings,
        side_files=SIDE_FILES,
        code=code("preprocess.py", source="reading"),
    output:
        manifest=f"{RESULTS}/eeg/{{subject}}.json",
    log:
        f"{RESULTS}/logs/preprocess_{{subject}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/preprocess_{{subject}}.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(preprocess_mb()),
        runtime=more(60),
    params:
        config=options("run.seed", "source.kind", "preprocess"),
    script:
        "../scripts/preprocess.py"


rule cut_windows:
    """Cut clips into windows and assign each window to a split."""
    input:
        recordings=rules.acquire.output.recordings,
        clips=rules.acquire.output.clips,
        eeg=expand(rules.preprocess.output.manifest, subject=SUBJECTS),
        code=code("cut_windows.py"),
    output:
        cut=f"{RESULTS}/windows/cut.parquet",
        index=f"{RESULTS}/eeg/index.json",
    log:
        f"{RESULTS}/logs/cut_windows.log",
    benchmark:
        f"{RESULTS}/benchmarks/cut_windows.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(2000),
        runtime=more(15),
    params:
        config=options("windows", "split"),
    script:
        "../scripts/cut_windows.py"


rule fit_normalisation:
    """Fit the scale of each subject and channel on the training split."""
    input:
        cut=rules.cut_windows.output.cut,
        index=rules.cut_windows.output.index,
        code=code("fit_normalisation.py"),
    output:
        f"{RESULTS}/normalisation.json",
    log:
        f"{RESULTS}/logs/fit_normalisation.log",
    benchmark:
        f"{RESULTS}/benchmarks/fit_normalisation.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(4000),
        runtime=more(15),
    params:
        config=options("normalisation"),
    script:
        "../scripts/fit_normalisation.py"


rule select_windows:
    """Draw the windows to release, stratified by subject, concept and split."""
    input:
        cut=rules.cut_windows.output.cut,
        code=code("select_windows.py"),
    output:
        windows=f"{RESULTS}/windows.parquet",
    log:
        f"{RESULTS}/logs/select_windows.log",
    benchmark:
        f"{RESULTS}/benchmarks/select_windows.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(2000),
        runtime=more(15),
    params:
        config=options("run.seed", "release.n_samples", "release.fractions"),
    script:
        "../scripts/select_windows.py"


rule cut_clips:
    """Place clips of one length in the recordings, for decoding, with their splits."""
    input:
        recordings=rules.acquire.output.recordings,
        clips=rules.acquire.output.clips,
        index=rules.cut_windows.output.index,
        code=code("cut_clips.py"),
    output:
        clips_cut=f"{RESULTS}/clips_cut.parquet",
    log:
        f"{RESULTS}/logs/cut_clips.log",
    benchmark:
        f"{RESULTS}/benchmarks/cut_clips.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(2000),
        runtime=more(15),
    params:
        config=options("split", "pictures.clip_s"),
    script:
        "../scripts/cut_clips.py"
