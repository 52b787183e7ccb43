"""What a research model says to people. Written here, carried by the manifest, shown by demo, API, page and app."""

from shared.contracts.enums import Decision, LesionClass
from shared.contracts.manifest import ReasonCode, Wording

_NOTICE = (
    "Research model, for evaluation only. This is a screening aid, not a diagnosis, and does not replace an "
    "examination. Whatever it says, show a spot to a doctor if it is new, changes, itches, bleeds or worries you."
)
_DECISIONS = {
    Decision.REFER: "The model finds signs that a doctor should look at. Please have this spot examined soon. It is "
    "not a diagnosis: many spots that are flagged turn out to be harmless, and only an examination can tell.",
    Decision.NO_REFER: "The model found few of the signs that it looks for. It can miss skin cancer. Keep an eye on "
    "this spot and show it to a doctor if it changes, itches, bleeds or worries you, and at your next skin check.",
    Decision.REVIEW: "The model cannot place this photo. A clinician needs to look at it before anything is concluded. "
    "If the spot changes, itches, bleeds or worries you, do not wait: see a doctor.",
}
_SCORE = "The estimated probability of a malignant or pre-malignant class "
_ALWAYS = {
    ReasonCode.MALIGNANCY_HIGH: _SCORE + "is at or above the referral threshold.",
    ReasonCode.MALIGNANCY_LOW: _SCORE + "is below the lower threshold. The model can be wrong.",
    ReasonCode.MALIGNANCY_BETWEEN: _SCORE + "lies between the two thresholds.",
    ReasonCode.OUTSIDE_VALIDATED_USE: "This model was only tested on photos taken through a dermatoscope. For this "
    "kind of photo its answer cannot be relied on.",
    ReasonCode.TOO_SMALL: "The photo is too small to be assessed. Please take it again, closer to the spot, and send "
    "it in its original size.",
}
_BY_PIXELS = {
    ReasonCode.TOO_BLURRED: "The photo is too blurred to be assessed. Please take it again: wipe the lens, hold the "
    "phone still, move closer, and wait until the picture is sharp.",
    ReasonCode.TOO_DARK: "The photo is too dark to be assessed. Please take it again in more light, such as daylight "
    "at a window, without your own shadow on the spot.",
    ReasonCode.GLARE: "Large parts of the photo are so bright that nothing can be seen in them. Please take it again "
    "without flash, and turn until no light shines off the skin.",
}
_BY_DISTANCE = {
    ReasonCode.NOT_A_LESION: "This does not look like the kind of photo that the model knows: a spot on skin, close "
    "up. Please take it again with the spot in the middle. If it does show a spot that worries you, see a doctor.",
    ReasonCode.UNLIKE_TRAINING: "This photo differs from those that the model was trained and tested on. Its answer "
    "cannot be relied on.",
}
_CLASSES = {
    LesionClass.AKIEC: "Actinic keratosis or Bowen's disease",
    LesionClass.BCC: "Basal cell carcinoma",
    LesionClass.BKL: "Benign keratosis",
    LesionClass.DF: "Dermatofibroma",
    LesionClass.MEL: "Melanoma",
    LesionClass.NV: "Melanocytic nevus",
    LesionClass.VASC: "Vascular lesion",
}


def research_wording(*, measures_distance: bool, limits_pixels: bool = True) -> Wording:
    """The words for every reason that a manifest with or without such limits can give."""
    return Wording(
        notice=_NOTICE,
        heatmap="Colour shows where the model looked for this class, not where disease is.",
        decisions=_DECISIONS,
        reasons=_ALWAYS | (_BY_PIXELS if limits_pixels else {}) | (_BY_DISTANCE if measures_distance else {}),
        classes=_CLASSES,
    )
