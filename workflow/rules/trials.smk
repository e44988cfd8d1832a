"""The tables of config/trials, and functions that the rules of compare.smk share."""

from videeg_pipe.config.trials import RUN, TrialTables

try:
    TRIALS = TrialTables(Path(workflow.basedir, "config", "trials"), CONFIG)
except ConfigError as error:
    logger.error(str(error))
    sys.exit(1)


wildcard_constraints:
    table="|".join(map(re.escape, TRIALS.tables)),


TRIAL = f"{RESULTS}/trials/{{table}}/{{variant}}/seed-{{seed}}"


def trial_config(wildcards):
    """Return the configuration of a variant."""
    return TRIALS.config(wildcards.table, wildcards.variant)


def trial_options(*names):
    """Return a function for `params`: the slice of the configuration of a variant."""
    return lambda wildcards: slice_of(trial_config(wildcards), *names)


def training_options(wildcards):
    """Return the options of a training, with its seed; the first has the seed of the run."""
    config = trial_config(wildcards)
    run = config.run.model_copy(update={"seed": config.run.seed + int(wildcards.seed)})
    config = config.model_copy(update={"run": run})
    return slice_of(config, "run.seed", "condition", *config.architecture, "train")


def trial_code(script, **loaded):
    """Return an input function: the source files of a trial, with those of its own generator."""

    def files(w):
        variant = TRIALS.trained(w.table, w.variant)
        if variant is None:  # recordings are scored
            return code(script, **loaded)
        model = MODEL if variant == RUN else TRIALS.config(w.table, variant).run.model
        return code(script, generator=model, **loaded)

    return files


def trained(name):
    """Return an input function: a file of the generator that a trial scores, or none."""

    def path(w):
        variant = TRIALS.trained(w.table, w.variant)
        if variant is None:
            return []
        if variant == RUN:
            return f"{RESULTS}/models/{MODEL}/{name}"
        return f"{TRIAL}/{name}".format(table=w.table, variant=variant, seed=w.seed)

    return path


def trained_with(wildcards):
    """Return the options of the generator that a trial scores; none for the run's own."""
    table, seed = wildcards.table, wildcards.seed
    variant = TRIALS.trained(table, wildcards.variant)
    if variant in (None, RUN):
        return {}
    return own_options(rules.train_trial, table=table, variant=variant, seed=seed)


def scored_with(wildcards):
    """Return the options of all trials of a table, and of their generators."""
    made_with = {}
    for variant, seed in TRIALS.runs(wildcards.table):
        trial = {"table": wildcards.table, "variant": variant, "seed": seed}
        made_with |= own_options(rules.score_trial, **trial)
        made_with |= trained_with(SimpleNamespace(**trial))
    return made_with


def trial_scores(wildcards):
    """Return the score files of a table, in the order of its trials."""
    return [
        f"{TRIAL}/scores.json".format(table=wildcards.table, variant=variant, seed=seed)
        for variant, seed in TRIALS.runs(wildcards.table)
    ]
