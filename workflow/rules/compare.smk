"""compare: tables of trials, each a file of config/trials: variants, trained with several seeds."""

from videeg_pipe.config.trials import RUN, Trials

try:
    TRIALS = Trials(Path(workflow.basedir, "config", "trials"), CONFIG)
except ConfigError as error:
    logger.error(str(error))
    sys.exit(1)


wildcard_constraints:
    table="|".join(map(re.escape, TRIALS.tables)),


TRIAL = f"{RESULTS}/trials/{{table}}/{{variant}}/seed-{{seed}}"


def trial_config(wildcards):
    """Configuration of a variant."""
    return TRIALS.config(wildcards.table, wildcards.variant)


def trial_options(*names):
    """A variant's own part of the configuration, for a rule's `params`."""
    return lambda wildcards: slice_of(trial_config(wildcards), *names)


def training_options(wildcards):
    """What a training depends on, its seed among it; the first training has the run's own."""
    config = trial_config(wildcards)
    run = config.run.model_copy(update={"seed": config.run.seed + int(wildcards.seed)})
    config = config.model_copy(update={"run": run})
    return slice_of(config, "run.seed", "condition", config.architecture, "train")


def trained(name):
    """A file of the generator that a variant is scored with."""

    def path(w):
        variant = TRIALS.trained(w.table, w.variant)
        if variant == RUN:
            return f"{RESULTS}/models/{MODEL}/{name}"
        return f"{TRIAL}/{name}".format(table=w.table, variant=variant, seed=w.seed)

    return path


def trial_scores(wildcards):
    """Files of scores, in the order of the table's runs."""
    return [
        f"{TRIAL}/scores.json".format(table=wildcards.table, variant=variant, seed=seed)
        for variant, seed in TRIALS.runs(wildcards.table)
    ]


use rule train as train_trial with:
    output:
        checkpoint=f"{TRIAL}/checkpoint.safetensors",
        model=f"{TRIAL}/model.json",
        history=f"{TRIAL}/history.parquet",
    log:
        f"{RESULTS}/logs/trials/{{table}}/{{variant}}_{{seed}}_train.log",
    benchmark:
        f"{RESULTS}/benchmarks/trials/{{table}}/{{variant}}_{{seed}}_train.tsv"
    threads: lambda wildcards: trial_config(wildcards).train.threads
    params:
        model=lambda wildcards: trial_config(wildcards).run.model,
        config=training_options,


rule score_trial:
    """Score one training of a variant on the windows of a split."""
    input:
        windows=rules.select_windows.output.windows,
        index=rules.cut_windows.output.index,
        normalisation=rules.fit_normalisation.output[0],
        videos=rules.embed_videos.output.manifest,
        texts=rules.embed_text.output.manifest,
        checkpoint=trained("checkpoint.safetensors"),
        model=trained("model.json"),
        history=trained("history.parquet"),
        code=code("models", "validate/metrics"),
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
        mem_mb=4000,
        runtime=120,
        gpu=CONFIG.run.gpus,
    params:
        split=lambda wildcards: TRIALS.tables[wildcards.table].split,
        config=trial_options("run.seed", "sample", "evaluation"),
    script:
        "../scripts/score_trial.py"


rule tabulate:
    """Put the scores of a table together: means over seeds, and what each variant changes."""
    input:
        scores=trial_scores,
        code=code("validate/tables.py"),
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
        mem_mb=1000,
        runtime=15,
    params:
        reference=lambda wildcards: TRIALS.tables[wildcards.table].reference,
        runs=lambda wildcards: TRIALS.runs(wildcards.table),
    script:
        "../scripts/tabulate.py"
