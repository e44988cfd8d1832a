"""validate: scores with their floors and ceilings, and the report."""


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
        mem_mb=4000,
        runtime=120,
        gpu=CONFIG.run.gpus,
    params:
        scores=score_rows(COMPUTED_FIELDS),
        config=options("run.seed", "sample", "evaluation"),
    script:
        "../scripts/validate.py"


rule report:
    """Draw the figures and write the report page."""
    input:
        metrics=f"{RESULTS}/evaluation/{MODEL}/metrics.json",
        figures=f"{RESULTS}/evaluation/{MODEL}/figures.npz",
        h5=rules.release.output.h5,
        sums=rules.release.output.sums,
        videos=rules.acquire.output.videos,
        findings=rules.acquire.output.findings,
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
        mem_mb=2000,
        runtime=15,
    params:
        scores=score_rows(),
        source=row(SOURCE, "description", "simulated"),
        floors={name: GENERATORS[name].description for name in generator_names("floor")},
        tables=tables_made("comparison", "ablation", "people"),
        benchmarks=f"{RESULTS}/benchmarks",
        config=options(
            "run.seed",
            "run.model",
            "source.kind",
            "source.subjects",
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
