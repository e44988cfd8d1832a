"""acquire: five tables that describe the source, the same for every kind."""


rule phantom_videos:
    """Render the videos of the phantom, their labels and the true track of events."""
    input:
        code=code("phantom_videos.py"),
    output:
        manifest=f"{RESULTS}/phantom/videos.json",
    log:
        f"{RESULTS}/logs/phantom_videos.log",
    benchmark:
        f"{RESULTS}/benchmarks/phantom_videos.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(2000),
        runtime=more(30),
    params:
        config=options(
            "run.seed",
            "phantom.n_subjects",
            "phantom.layout",
            "phantom.width",
            "phantom.height",
            "phantom.captions",
            "phantom.lateral",
        ),
    script:
        "../scripts/phantom_videos.py"


rule phantom_eeg:
    """Simulate the EEG of one person who watches the videos of the phantom."""
    input:
        videos=f"{RESULTS}/phantom/videos.json",
        code=code("phantom_eeg.py"),
    output:
        eeg=f"{RESULTS}/phantom/EEG/{{subject}}.npy",
        truth=f"{RESULTS}/phantom/truth/{{subject}}.npy",
    log:
        f"{RESULTS}/logs/phantom_eeg_{{subject}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/phantom_eeg_{{subject}}.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(3000),
        runtime=more(30),
    params:
        config=options(
            "run.seed",
            "phantom.layout",
            "phantom.evoked_uv",
            "phantom.lateral",
            "phantom.background_uv",
            "phantom.gain_sd",
            "phantom.gain_s",
            "phantom.exponent_sd",
            "phantom.alpha_uv",
            "phantom.burst_sd",
            "phantom.alpha_erd",
            "phantom.blink_uv",
            "phantom.blink_timing",
            "phantom.line_hz",
            "phantom.line_uv",
        ),
    script:
        "../scripts/phantom_eeg.py"


# Files that exist are not outputs; otherwise a changed link would delete them.
TO_DOWNLOAD = [name for name in CONFIG.source.urls if not Path(CONFIG.source.path, name).exists()]

if TO_DOWNLOAD:

    rule download:
        """Download one file of SEED-DV; an interrupted download resumes."""
        output:
            ensure(f"{CONFIG.source.path}/{{file}}", non_empty=True),
        log:
            f"{RESULTS}/logs/download_{{file}}.log",
        benchmark:
            f"{RESULTS}/benchmarks/download_{{file}}.tsv"
        wildcard_constraints:
            file="|".join(re.escape(name) for name in TO_DOWNLOAD),
        conda:
            "../../envs/videeg.yaml"
        threads: 1
        resources:
            mem_mb=more(500),
            runtime=240,
        params:
            config=options(
                "source.urls", "source.sha256", "source.username_env", "source.password_env"
            ),
        script:
            "../scripts/download.py"


if CONFIG.source.kind == "moabb":

    rule moabb_person:
        """Read one person through MOABB, and write blocks, trials and stimulus programs."""
        input:
            code=code("moabb_person.py", source="reading"),
        output:
            record=f"{RESULTS}/moabb/{{subject}}/person.json",
        log:
            f"{RESULTS}/logs/moabb_{{subject}}.log",
        benchmark:
            f"{RESULTS}/benchmarks/moabb_{{subject}}.tsv"
        conda:
            "../../envs/videeg.yaml"
        threads: 1
        resources:
            mem_mb=more(8000),
            runtime=more(240),
        params:
            config=options("source.path", "source.dataset"),
        script:
            "../scripts/moabb_person.py"


rule acquire:
    """Check the source file by file and describe it in five tables."""
    input:
        files=SOURCE_FILES,
        code=code("acquire.py", source="tables"),
    output:
        recordings=f"{RESULTS}/manifest/recordings.parquet",
        clips=f"{RESULTS}/manifest/clips.parquet",
        videos=f"{RESULTS}/manifest/videos.parquet",
        participants=f"{RESULTS}/manifest/participants.parquet",
        findings=f"{RESULTS}/manifest/findings.parquet",
    log:
        f"{RESULTS}/logs/acquire.log",
    benchmark:
        f"{RESULTS}/benchmarks/acquire.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(4000),
        runtime=more(60),
    params:
        # without the links: a renewed link changes no data
        config=options(
            "source.kind",
            "source.path",
            "source.dataset",
            "source.subjects",
            "source.units",
            *SOURCE.options,
        ),
        root=lambda wildcards: str(LISTING.root(CONFIG, RESULTS)),
    script:
        "../scripts/acquire.py"
