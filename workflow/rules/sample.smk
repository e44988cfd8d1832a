"""sample: generated windows, one part per job."""


rule sample:
    """Generate one part of the release; an interrupted part resumes at its first missing sample."""
    input:
        windows=rules.select_windows.output.windows,
        normalisation=rules.fit_normalisation.output[0],
        videos=rules.embed_videos.output.manifest,
        texts=rules.embed_text.output.manifest,
        checkpoint=rules.train.output.checkpoint,
        model=rules.train.output.model,
        code=code("sample.py", generator=MODEL),
    output:
        manifest=f"{RESULTS}/samples/{{model}}/part-{{part}}.json",
    log:
        f"{RESULTS}/logs/sample_{{model}}_{{part}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/sample_{{model}}_{{part}}.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.sample.threads
    resources:
        mem_mb=more(4000),
        runtime=240,
        gpu=ONE_GPU,
    params:
        size=PART_SIZE,
        config=options("sample"),
    script:
        "../scripts/sample.py"
