"""The tables of config/trials, and what the rules of compare.smk share."""

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
    return slice_of(config, "run.seed", "condition", *config.architecture, "train")


def trial_code(script, **loaded):
    """Source files that a trial depends on; of the generators, only its own."""

    def files(w):
        variant = TRIALS.trained(w.table, w.variant)
        if variant is None:  # recordings are scored
            return code(script, **loaded)
        model = MODEL if variant == RUN else TRIALS.config(w.table, variant).run.model
        return code(script, generator=model, **loaded)

    return files


def trained(name):
    """A file of the generator that a variant is scored with, if it is one."""

    def path(w):
        variant = TRIALS.trained(w.table, w.variant)
        if variant is None:
            return []
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
