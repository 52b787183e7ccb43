"""Whether two models share what comes before the decision: the network, what it is shown, and its distance."""

from typing import Any, Final

from shared.contracts.manifest import ModelManifest

MAY_DIFFER: Final = frozenset(
    {
        "name",
        "modalities",
        "intended_use",
        "status",
        "temperature",
        "malignant_labels",
        "thresholds",
        "quality",
        "backends",
        "training_data",
        "metrics",
        "reference",
        "wording",
    }
)
"""Applied to stored numbers, or said beside them. A field that is not named here counts as part of the network."""
DISTANCE_MAY_DIFFER: Final = frozenset({"soft", "hard", "rule", "fitted_on"})
"""The same, of `out_of_distribution`: limits of a distance that is stored."""


def same_network(one: ModelManifest, other: ModelManifest) -> bool:
    """Whether both give a photo the same logits, maps, distance and measures, on the same backend.

    Which backends they were compared on may differ: whether an answer counts for the other model is also a question of
    what ran the network.
    """
    return _before_the_decision(one) == _before_the_decision(other)


def _before_the_decision(manifest: ModelManifest) -> dict[str, Any]:
    # Whole, with what was not given: a default that is written out is no other network.
    content = manifest.model_dump(mode="json", exclude=set(MAY_DIFFER))
    limits = content.get("out_of_distribution")
    if limits is not None:
        content["out_of_distribution"] = {
            name: value for name, value in limits.items() if name not in DISTANCE_MAY_DIFFER
        }
    return content
