"""VidEEG-Gen: from raw EEG and videos to a released, validated data set of generated EEG."""

from snakemake.utils import min_version

min_version("9.27")


configfile: f"{workflow.basedir}/config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/failures.smk"
include: "workflow/rules/acquire.smk"
include: "workflow/rules/preprocess.smk"
include: "workflow/rules/embed.smk"
include: "workflow/rules/graphs.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/sample.smk"
include: "workflow/rules/release.smk"
include: "workflow/rules/validate.smk"
include: "workflow/rules/trials.smk"
include: "workflow/rules/compare.smk"
include: "workflow/rules/people.smk"


rule all:
    """The release and its validation report."""
    default_target: True
    input:
        RELEASE,
        f"{RESULTS}/evaluation/{MODEL}/metrics.json",
        f"{RESULTS}/report/validation.html",


rule compare:
    """The generators and the floors beside each other, on the same windows and training time."""
    input:
        f"{RESULTS}/evaluation/comparison.csv",


rule ablate:
    """What each part of the generator is good for, with intervals over seeds."""
    input:
        f"{RESULTS}/evaluation/ablation.csv",


rule parts:
    """What the two halves of the generator bring, beside the paper's reading of it."""
    input:
        f"{RESULTS}/evaluation/parts.csv",


rule elbow:
    """Scores over the number of steps and the sampler, on the validation block."""
    input:
        f"{RESULTS}/evaluation/elbow.csv",


rule epsilon:
    """What differential privacy costs, over the epsilon that each person is asked for."""
    input:
        f"{RESULTS}/evaluation/epsilon.csv",


rule people:
    """Cross-subject scores: each person left out of the training, then taught with few windows."""
    input:
        f"{RESULTS}/evaluation/people.csv",


onsuccess:
    # a run of a single target may not have come so far
    if all(Path(path).exists() for path in rules.all.input):
        print(WHERE_TO_LOOK)


onerror:
    mark_out_of_date()
    print(HOW_TO_GO_ON)
