"""What the methods of thresholds, backgrounds and bleed-through do, a sentence each."""

from __future__ import annotations

MEANINGS = {
    "none": "Nothing is set or subtracted.",
    "costes": "Along the regression line down to where the pixels below no longer correlate.",
    "isodata": "Midway between the means of the pixels below and above.",
    "li": "Where the cross-entropy between the image and its two classes is least.",
    "mean": "The mean intensity.",
    "minimum": "In the valley between the two peaks of the smoothed histogram.",
    "otsu": "Where the pixels below and above vary least within themselves.",
    "triangle": "Farthest from the line between the histogram's peak and its far end.",
    "yen": "Where the classes below and above are most informative, by Yen's criterion.",
    "percentile": "The intensity that this percentage of pixels does not exceed.",
    "top": "The intensity that this percentage of pixels exceeds.",
    "max": "This percentage of the highest intensity.",
    "manual": "The intensity that is given.",
    "control": "Taken from the image of a single-stain control.",
    "constant": "The intensity that is given.",
    "mode": "The most frequent intensity.",
    "rolling": "What a ball of this radius in pixels touches from below, plane by plane.",
    "share": "The share that is given.",
}
