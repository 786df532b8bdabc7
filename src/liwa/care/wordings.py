"""What the system says to students, in kind words that the school may replace by its own."""

from typing import NamedTuple

from django.conf import settings

from liwa.care.models import Wording

EN, ZH = "en", "zh-hans"

DEFAULTS: dict[str, dict[str, str]] = {
    "reach_out": {
        EN: "Somebody who looks after students here will get in touch with you soon, to ask how things are going"
        " and whether anything would help. Nothing is wrong with you, and nobody is judging.",
        ZH: "负责学生工作的老师近期会联系你，聊聊近况，看看有什么能帮上忙。这不代表你做错了什么，也没有人在评判你。",
    },
    "contacted": {
        EN: "You and your adviser have been in touch. You can write or ask for help again at any time.",
        ZH: "辅导员已经和你联系过了。有需要随时可以再次联系或寻求帮助。",
    },
    "in_support": {
        EN: "You are being supported. If something changes, or does not help, say so: it can be changed.",
        ZH: "你正在得到支持。情况有变化，或者觉得没有帮助，请告诉我们，可以调整。",
    },
    "ask": {
        EN: "Is something getting in the way of your studies? Ask, and a person will get in touch with you."
        " You need not give a reason.",
        ZH: "学习上遇到困难了吗？点一下，就会有老师联系你。不必说明原因。",
    },
    "asked": {
        EN: "Thank you for asking. Somebody will get in touch with you soon.",
        ZH: "谢谢你愿意开口。很快会有老师联系你。",
    },
    "private": {
        EN: "What you write here is read only by those who help you.",
        ZH: "你写下的内容只有帮助你的老师能看到。",
    },
}


class Worded(NamedTuple):
    """One text as it is shown, and whether it is the school's own."""

    key: str
    language: str
    text: str
    own: bool


def wording(key: str, language: str) -> str:
    """The text in a language (English where there is none in it). Raises KeyError for an unknown key."""
    language = language.lower() if language.lower() in DEFAULTS[key] else EN
    own = Wording.objects.filter(key=key, language=language).values_list("text", flat=True).first()
    return own or DEFAULTS[key][language]


def wordings() -> list[Worded]:
    """All texts in all languages, in order."""
    own = {(row.key, row.language): row.text for row in Wording.objects.all()}
    return [
        Worded(key, code, own.get((key, code), DEFAULTS[key][code]), (key, code) in own)
        for key in DEFAULTS
        for code, _name in settings.LANGUAGES
    ]
