"""validate: scores with their floors and ceilings, the data card, and the report."""

REPORTED = ("comparison", "real", "ablation", "people", "ssvep", "phantoms")


rule validate:
    """Score the release and the generator on the test split."""
    input:
        h5=rules.release.output.h5,
        windows=rules.select_windows.output.windows,
        index=rules.cut_windows.output.index,
        normalisation=rules.fit_normalisation.output[0],
        videos=rules.embed_videos.output.manifest,
        texts=rules.embed_text.output.manifest,
        clip=rules.clip_model.output.manifest,
        checkpoint=f"{RESULTS}/models/{{model}}/checkpoint.safetensors",
        model=f"{RESULTS}/models/{{model}}/model.json",
        code=code("validate.py", generator=MODEL, scores=True),
    output:
        metrics=report(
            f"{RESULTS}/evaluation/{{model}}/metrics.json",
            caption="../report/metrics.rst",
            category="Validation",
        ),
        figures=f"{RESULTS}/evaluation/{{model}}/figures.npz",
    log:
        f"{RESULTS}/logs/validate_{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/validate_{{model}}.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.sample.threads
    resources:
        mem_mb=more(validate_mb()),
        runtime=more(120),
        gpu=ONE_GPU,
    params:
        scores=score_rows(COMPUTED_FIELDS),
        config=options("run.seed", "preprocess.h_freq", "sample", "evaluation"),
    script:
        "../scripts/validate.py"


rule card:
    """Write the data card with the result of the audit, and the checksums of the release."""
    input:
        h5=rules.release.output.h5,
        split=rules.release.output.split,
        manifest=rules.release.output.manifest,
        croissant=rules.release.output.croissant,
        licence=rules.release.output.licence,
        key=rules.release.output.key,
        findings=rules.acquire.output.findings,
        windows=rules.select_windows.output.windows,
        recordings=rules.acquire.output.recordings,
        metrics=f"{RESULTS}/evaluation/{MODEL}/metrics.json",
        model=f"{RESULTS}/models/{MODEL}/model.json",
        clip=rules.clip_model.output.manifest,
        code=code("card.py"),
    output:
        card=report(RELEASE[4], caption="../report/card.rst", category="Release"),
        sums=RELEASE[6],
    log:
        f"{RESULTS}/logs/card.log",
    benchmark:
        f"{RESULTS}/benchmarks/card.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(2000),
        runtime=more(release_minutes(15, per_minute=100_000)),
    params:
        source=row(SOURCE, "card", "simulated"),
        config=options("train.leave_out"),
    script:
        "../scripts/card.py"


rule report:
    """Draw the figures and write the report page."""
    input:
        metrics=f"{RESULTS}/evaluation/{MODEL}/metrics.json",
        figures=f"{RESULTS}/evaluation/{MODEL}/figures.npz",
        h5=rules.release.output.h5,
        sums=rules.card.output.sums,
        videos=rules.acquire.output.videos,
        findings=rules.acquire.output.findings,
        windows=rules.select_windows.output.windows,
        recordings=rules.acquire.output.recordings,
        index=rules.cut_windows.output.index,
        history=f"{RESULTS}/models/{MODEL}/history.parquet",
        code=code("report.py"),
    output:
        html=report(
            f"{RESULTS}/report/validation.html",
            caption="../report/validation.rst",
            category="Validation",
        ),
    log:
        f"{RESULTS}/logs/report.log",
    benchmark:
        f"{RESULTS}/benchmarks/report.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(2000),
        runtime=more(15),
    params:
        scores=score_rows(),
        source=row(SOURCE, "description", "simulated"),
        subjects=SUBJECTS,
        floors={name: GENERATORS[name].description for name in generator_names("floor")},
        tables=tables_made(*REPORTED),
        made_with=lambda wildcards: tables_made_with(*REPORTED),
        benchmarks=f"{RESULTS}/benchmarks",
        config=options(
            "run.seed",
            "run.model",
            "source.kind",
            "source.subjects",
            *(["source.dataset"] if SOURCE.named else []),
            *SOURCE.options,
            "preprocess",
            "windows",
            "split",
            "normalisation",
            "embed",
            "graphs",
            "condition",
            *CONFIG.architecture,
            "train",
            "sample",
            "release",
            "evaluation",
            "report",
        ),
    script:
        "../scripts/report.py"
