"""VidEEG-Gen: from raw EEG and videos to a released, validated data set of generated EEG."""

from snakemake.utils import min_version

min_version("9.27")


configfile: f"{workflow.basedir}/config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/console.smk"
include: "workflow/rules/failures.smk"
include: "workflow/rules/acquire.smk"
include: "workflow/rules/preprocess.smk"
include: "workflow/rules/embed.smk"
include: "workflow/rules/graphs.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/sample.smk"
include: "workflow/rules/release.smk"
include: "workflow/rules/validate.smk"
include: "workflow/rules/generator.smk"
include: "workflow/rules/trials.smk"
include: "workflow/rules/compare.smk"
include: "workflow/rules/people.smk"
include: "workflow/rules/ssvep.smk"
include: "workflow/rules/phantoms.smk"
include: "workflow/rules/pictures.smk"
include: "workflow/rules/decoders.smk"
include: "workflow/rules/decode.smk"
include: "workflow/rules/reconstruct.smk"
include: "workflow/rules/report_decoding.smk"
include: "workflow/rules/augment.smk"


rule all:
    """The release, its validation report, and the generator."""
    default_target: True
    input:
        RELEASE,
        f"{RESULTS}/evaluation/{MODEL}/metrics.json",
        f"{RESULTS}/report/validation.html",
        f"{RESULTS}/generator/generator.json",


rule compare:
    """Compare generators and floors, on the same windows and with the same training time."""
    input:
        f"{RESULTS}/evaluation/comparison.csv",


rule ablate:
    """Ablate each part of the generator, with intervals over seeds."""
    input:
        f"{RESULTS}/evaluation/ablation.csv",


rule parts:
    """Score the two halves of the generator next to its version after the paper."""
    input:
        f"{RESULTS}/evaluation/parts.csv",


rule elbow:
    """Score numbers of steps and samplers, on the validation block."""
    input:
        f"{RESULTS}/evaluation/elbow.csv",


rule epsilon:
    """Score trainings with differential privacy, over epsilon per person."""
    input:
        f"{RESULTS}/evaluation/epsilon.csv",


rule people:
    """Score each person held out of the training, before and after adaptation to few windows."""
    input:
        f"{RESULTS}/evaluation/people.csv",


rule real:
    """Score the generator of a run on real recordings beside a linear model and floors."""
    input:
        f"{RESULTS}/evaluation/real.csv",


rule ssvep:
    """Train decoders of a flicker on generated EEG, and test them on people whom nothing saw."""
    input:
        f"{RESULTS}/evaluation/ssvep.csv",


rule phantoms:
    """Score the whole workflow on several phantoms, with intervals over them."""
    input:
        f"{RESULTS}/evaluation/phantoms.csv",


rule phantoms_development:
    """The same on the phantoms for development, on which choices are made."""
    input:
        f"{RESULTS}/evaluation/phantoms-development.csv",


rule pictures:
    """Store clips as frames, text and latents, and train the models that draw clips."""
    input:
        f"{RESULTS}/pictures/generator.json",


rule decode:
    """Train decoders from EEG to video, reconstruct test clips, and score them beside floors."""
    input:
        f"{RESULTS}/evaluation/decoding.json",
        f"{RESULTS}/report/decoding.html",
        f"{RESULTS}/decoder/playback.json",


rule augment:
    """Train decoders on real and generated EEG, beside floors, over shares of the real EEG."""
    input:
        f"{RESULTS}/evaluation/augmentation.csv",
        [f"{RESULTS}/evaluation/virtual_calibration.csv"] if CALIBRATED else [],


onstart:
    begin_run()


onsuccess:
    end_progress()
    forget_failed()
    # a run of another target leaves these files as they are: perhaps missing, or out of date
    for path, (what, words) in WHERE_TO_LOOK.items():
        if os.path.exists(path) and os.path.getmtime(path) >= STARTED:
            print(f"\n{what:9} {path} ({words})", end="")
    print()


onerror:
    end_progress()
    mark_out_of_date()
    record_failed()
    print(HOW_TO_GO_ON)
    atexit.register(print_errors)  # below Snakemake's own last lines
