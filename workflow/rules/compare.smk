"""compare: tables of trials; a file of config/trials lists variants, trained with several seeds."""


use rule train as train_trial with:
    input:
        **TRAINING_DATA,
        graphs=rules.graphs.output.graphs,
        code=trial_code("train.py"),
    output:
        checkpoint=update(f"{TRIAL}/checkpoint.safetensors"),
        model=update(f"{TRIAL}/model.json"),
        history=update(f"{TRIAL}/history.parquet"),
    log:
        f"{RESULTS}/logs/trials/{{table}}/{{variant}}_{{seed}}_train.log",
    benchmark:
        f"{RESULTS}/benchmarks/trials/{{table}}/{{variant}}_{{seed}}_train.tsv"
    threads: lambda wildcards: trial_config(wildcards).train.threads
    params:
        model=lambda wildcards: trial_config(wildcards).run.model,
        generator=lambda wildcards: row(GENERATORS[trial_config(wildcards).run.model], "class_name"),
        config=training_options,


rule score_trial:
    """Score one trained generator of a variant, or recordings, on the windows of a split."""
    input:
        windows=rules.select_windows.output.windows,
        index=rules.cut_windows.output.index,
        normalisation=rules.fit_normalisation.output[0],
        videos=rules.embed_videos.output.manifest,
        texts=rules.embed_text.output.manifest,
        checkpoint=trained("checkpoint.safetensors"),
        model=trained("model.json"),
        history=trained("history.parquet"),
        code=trial_code("score_trial.py", scores=True),
    output:
        scores=f"{TRIAL}/scores.json",
    log:
        f"{RESULTS}/logs/trials/{{table}}/{{variant}}_{{seed}}_score.log",
    benchmark:
        f"{RESULTS}/benchmarks/trials/{{table}}/{{variant}}_{{seed}}_score.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: lambda wildcards: trial_config(wildcards).sample.threads
    resources:
        mem_mb=more(validate_mb()),
        runtime=more(120),
        gpu=ONE_GPU,
    params:
        split=lambda wildcards: TRIALS.tables[wildcards.table].split,
        scores=score_rows(COMPUTED_FIELDS - {"definition"}),
        made_with=trained_with,
        config=trial_options("run.seed", "preprocess.h_freq", "sample", "evaluation"),
    script:
        "../scripts/score_trial.py"


rule tabulate:
    """Tabulate the scores of all trials: means over seeds, and differences from the reference."""
    input:
        scores=trial_scores,
        code=code("tabulate.py"),
    output:
        table=f"{RESULTS}/evaluation/{{table}}.csv",
    log:
        f"{RESULTS}/logs/trials/{{table}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/trials/{{table}}.tsv"
    conda:
        "../../envs/videeg.yaml"
    threads: 1
    resources:
        mem_mb=more(1000),
        runtime=more(15),
    params:
        reference=lambda wildcards: TRIALS.tables[wildcards.table].reference,
        printed=lambda wildcards: TRIALS.printed(wildcards.table),
        runs=lambda wildcards: TRIALS.runs(wildcards.table),
        made_with=scored_with,
    script:
        "../scripts/tabulate.py"
