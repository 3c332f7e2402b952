"""What detectors call things, in words of people; a class that is not here is shown by its own name."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

CLASS_WORDS = {
    "person": pgettext_lazy("class", "person"),
    "bicycle": pgettext_lazy("class", "bicycle"),
    "car": pgettext_lazy("class", "car"),
    "motorcycle": pgettext_lazy("class", "motorcycle"),
    "airplane": pgettext_lazy("class", "airplane"),
    "bus": pgettext_lazy("class", "bus"),
    "train": pgettext_lazy("class", "train"),
    "truck": pgettext_lazy("class", "truck"),
    "boat": pgettext_lazy("class", "boat"),
    "traffic light": pgettext_lazy("class", "traffic light"),
    "fire hydrant": pgettext_lazy("class", "fire hydrant"),
    "stop sign": pgettext_lazy("class", "stop sign"),
    "bench": pgettext_lazy("class", "bench"),
    "bird": pgettext_lazy("class", "bird"),
    "cat": pgettext_lazy("class", "cat"),
    "dog": pgettext_lazy("class", "dog"),
    "horse": pgettext_lazy("class", "horse"),
    "sheep": pgettext_lazy("class", "sheep"),
    "cow": pgettext_lazy("class", "cow"),
    "bear": pgettext_lazy("class", "bear"),
    "backpack": pgettext_lazy("class", "backpack"),
    "umbrella": pgettext_lazy("class", "umbrella"),
    "handbag": pgettext_lazy("class", "handbag"),
    "suitcase": pgettext_lazy("class", "suitcase"),
    "sports ball": pgettext_lazy("class", "sports ball"),
    "skateboard": pgettext_lazy("class", "skateboard"),
    "bottle": pgettext_lazy("class", "bottle"),
    "cup": pgettext_lazy("class", "cup"),
    "knife": pgettext_lazy("class", "knife"),
    "chair": pgettext_lazy("class", "chair"),
    "potted plant": pgettext_lazy("class", "potted plant"),
    "bed": pgettext_lazy("class", "bed"),
    "dining table": pgettext_lazy("class", "dining table"),
    "tv": pgettext_lazy("class", "tv"),
    "laptop": pgettext_lazy("class", "laptop"),
    "cell phone": pgettext_lazy("class", "cell phone"),
    "book": pgettext_lazy("class", "book"),
    "clock": pgettext_lazy("class", "clock"),
    "scissors": pgettext_lazy("class", "scissors"),
    "van": pgettext_lazy("class", "van"),
    "forklift": pgettext_lazy("class", "forklift"),
    "pallet": pgettext_lazy("class", "pallet"),
    "helmet": pgettext_lazy("class", "helmet"),
    "vest": pgettext_lazy("class", "vest"),
    "mask": pgettext_lazy("class", "mask"),
    "gloves": pgettext_lazy("class", "gloves"),
    "goggles": pgettext_lazy("class", "goggles"),
    "boots": pgettext_lazy("class", "boots"),
    "fire": pgettext_lazy("class", "fire"),
    "smoke": pgettext_lazy("class", "smoke"),
}


def class_word(name: str) -> str:
    return str(CLASS_WORDS.get(name, name))
