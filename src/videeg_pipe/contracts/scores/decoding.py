"""Section `decoding`: do reconstructed videos show what the person saw?"""

from functools import partial

from videeg_pipe.contracts.scores.spec import ScoreSpec, Term

_row = partial(ScoreSpec, section="decoding", interval="runs", direction="larger")
_top1 = partial(_row, unit="1", ideal=1)
_SPACES = {"pixels": "pixels", "vae": "VAE", "clip": "CLIP"}
_NWAY = "Mind-Video, Chen et al. 2023, arXiv 2305.11675"
_PICTURES = "`mean_frame`, `concept_mean`, `concept_clip`, `other_clip`"
_CEILINGS = "`codec`, `generator`, `information`"

SCORES = (
    _row(
        name="nway_mindvideo",
        label="n-way classification, Mind-Video",
        definition="Share of trials in which one of the three best classes of the true clip has a "
        "higher probability for the reconstruction than N - 1 other classes, drawn at random. "
        "Exact expectation over the draws. Classifiers: VideoMAE on clips (Kinetics-400), ViT on "
        "frames (ImageNet). The published metric.",
        ideal=1,
        floor="`other_clip`, `other_concept`; `chance` is 3 / (N + 2): 0.75 for 2-way, 0.071 for "
        "40-way",
        ceiling=_CEILINGS,
        source=_NWAY,
        limits="Classes that win on one clip tend to win on others, so answers without information "
        "score above chance. Only with pretrained classifiers.",
        parts={
            "video_2": "clips, 2-way",
            "video_40": "clips, 40-way",
            "video_50": "clips, 50-way",
            "frames_2": "frames, 2-way",
            "frames_40": "frames, 40-way",
        },
    ),
    _row(
        name="nway_label",
        label="n-way classification of the concept",
        definition="Share of trials in which the concept of the clip has a higher probability for "
        "the reconstruction than N - 1 other concepts. Exact expectation over the draws; two: N = "
        "2; all: N is the number of concepts. The classifier is trained in the run on true clips "
        "of training blocks, and on the same through the autoencoder. p: permutation of the "
        "concepts of runs within blocks.",
        ideal=1,
        floor="`chance` 1 / N, `other_clip`, `other_concept`",
        ceiling=_CEILINGS,
        source="**ours**; the label as truth after DynaMind, whose classifier saw the test block",
        limits="Compare with `linear_top1`: a generator cannot name more concepts than EEG gives.",
        parts={"two": "2-way", "all": "all concepts"},
    ),
    _top1(
        name="concept_top1",
        label="concepts of decoded text",
        definition="Share of clips whose decoded text embedding is nearest to the mean training "
        "caption of their concept: cosine of deviations from the mean over concepts.",
        floor="`chance`; `linear_top1`",
        source="**ours**",
    ),
    _top1(
        name="linear_top1",
        label="concepts, linear decoder",
        definition="Share of clips whose concept a linear decoder finds in the same EEG.",
        floor="`chance`",
        source="**ours**",
    ),
    _row(
        name="identify_all",
        label="identification among all clips",
        definition="Share of the other test clips of the person and block to which the "
        "reconstruction is less similar than to its own clip; ties count half. Similarity: cosine "
        "of thumbnails (12 x 16 pixels), VAE latents or CLIP embeddings, each minus its mean over "
        "the reconstructions or the true clips.",
        ideal=1,
        floor="`chance` 0.5",
        ceiling=_CEILINGS,
        source="two-way identification as in fMRI reconstruction, e.g. Ozcelik and VanRullen 2023, "
        "arXiv 2303.05334",
        limits="The right concept suffices for a high value: see `identify_within`.",
        parts=_SPACES,
    ),
    _row(
        name="identify_within",
        label="identification within the run",
        definition="The same among the other clips of the same run, which share the concept and "
        "the time in the recording.",
        ideal=1,
        floor="`chance` 0.5, which a decoder of concepts cannot exceed",
        ceiling=_CEILINGS,
        source="**ours**",
        parts=_SPACES,
    ),
    _row(
        name="ssim",
        label="SSIM",
        definition="Structural similarity of frames in colour, uniform window of 7 x 7 pixels, "
        "averaged over frames, then over clips (scikit-image).",
        ideal=1,
        floor=_PICTURES,
        ceiling=_CEILINGS,
        source="Wang et al. 2004, doi 10.1109/TIP.2003.819861",
        limits="Rewards blur: a mean frame can beat a sharp clip of the right concept. Depends on "
        "the size of the picture.",
    ),
    _row(
        name="psnr",
        label="PSNR",
        definition="Peak signal-to-noise ratio of frames, averaged over frames, then over clips; "
        "at most 58.9 dB, where frames differ by rounding alone.",
        unit="dB",
        floor=_PICTURES,
        ceiling=_CEILINGS,
        limits="Rewards blur.",
    ),
    _row(
        name="luminance_r",
        label="r of the brightness course",
        definition="Pearson correlation over frames between the mean brightness of reconstruction "
        "and true clip, averaged over clips; 0 for constant reconstructions. Clips of constant "
        "brightness do not count.",
        ideal=1,
        floor="`other_clip`",
        ceiling=_CEILINGS,
        source="**ours**",
        limits="Few frames per clip: single values are noisy.",
    ),
    _row(
        name="motion_r",
        label="r of the motion course",
        definition="The same of the mean absolute difference between neighbouring frames.",
        ideal=1,
        floor="`other_clip`",
        ceiling=_CEILINGS,
        source="**ours**",
        limits="Few frames per clip: single values are noisy.",
    ),
    _row(
        name="diversity",
        label="distance between reconstructions",
        definition="Root mean square difference between two reconstructions from one person's "
        "EEG, in thumbnails, averaged over pairs of clips. Unit: grey levels of 255.",
        direction="none",
        floor="0: the same answer to all EEG",
        ceiling="`true`: of the true clips",
        source="**ours**",
        limits="Noise is diverse too: read it together with identification.",
    ),
    _row(
        name="concept_entropy",
        label="entropy of the concepts shown",
        definition="H / log K of the concepts that the classifier finds in a person's "
        "reconstructions, K concepts in all; averaged over people.",
        direction="none",
        interval="none",
        floor="0: one concept",
        ceiling="`true`: of the concepts of the true clips",
        source="**ours**",
    ),
    _row(
        name="subject_probe",
        label="people named from the decoded text",
        definition="Accuracy of logistic regression, on 50 principal components, at naming the "
        "person from the decoded text of test clips, averaged over its tokens; folds share no run. "
        "`ceiling`: from courses and covariance of the EEG, with each person's electrodes scaled "
        "to unit variance over these clips.",
        direction="none",
        floor="`chance`",
        ceiling="on the EEG itself",
        source="**ours**",
        limits="Other classifiers may find more. A linear decoder without an adversary can be at "
        "chance, too.",
    ),
)
TERMS = (
    Term(
        "floors",
        "The same score of answers that need no generator. mean_frame: mean of all "
        "training frames. concept_mean, concept_clip: mean, and a random one, of the training "
        "clips of the concept that a linear decoder finds in the same EEG. other_clip, "
        "other_concept: the decoder's own reconstructions, scored against other clips; for n-way, "
        "all others of the person and block, or those of other concepts; for other scores, two "
        "clips of other runs at the same place in their run.",
    ),
    Term(
        "ceilings",
        "The same score of better pictures. codec: true clips through the autoencoder. generator: "
        "made from the true text, latents and keyframe. information: made from text and latents "
        "that a ridge regression predicts from what drives the EEG, known on the phantom alone.",
    ),
    Term(
        "skill",
        "(score - best floor) / (information ceiling - best floor); `which` names the floor, which "
        "may be chance. Null where the ceiling is unknown or not above the floor.",
    ),
    Term(
        "over_people",
        "Mean over people of their mean, with a 95 % t-interval over people: the unit for claims "
        "on other people. It does not cover other clips.",
    ),
    Term(
        "by",
        "Means per person (`subject`), test block, `position` in the run and `frame` of the clip.",
    ),
)
