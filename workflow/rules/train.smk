"""train: the generator."""

TRAINING_DATA = {
    "cut": rules.cut_windows.output.cut,
    "index": rules.cut_windows.output.index,
    "normalisation": rules.fit_normalisation.output[0],
    "videos": rules.embed_videos.output.manifest,
    "texts": rules.embed_text.output.manifest,
}


rule train:
    """Train a generator; an interrupted training resumes from its last stored epoch."""
    input:
        **TRAINING_DATA,
        graphs=rules.graphs.output.graphs,
        code=code("train.py", generator=MODEL),
    output:
        checkpoint=f"{RESULTS}/models/{{model}}/checkpoint.safetensors",
        model=f"{RESULTS}/models/{{model}}/model.json",
        history=f"{RESULTS}/models/{{model}}/history.parquet",
    log:
        f"{RESULTS}/logs/train_{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/train_{{model}}.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: CONFIG.train.threads
    resources:
        **training_nodes(),
        mem_mb=more(training_mb()),
        runtime=1440,
    params:
        model="{model}",
        generator=row(GENERATORS[MODEL], "class_name"),
        config=options("run.seed", "condition", *CONFIG.architecture, "train"),
    script:
        "../scripts/train.py"
