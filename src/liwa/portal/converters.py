"""sourcedIds in URLs: any text a school's system may have chosen, slashes and dots too."""


class IdConverter:
    """`~s` stands for a slash, `~d` for a leading dot, `~~` for a tilde; the rest is percent-encoded as usual."""

    regex = r"[^/]+"

    def to_python(self, value: str) -> str:
        text, rest = "", value
        while rest:
            before, tilde, rest = rest.partition("~")
            text += before
            if tilde:
                if rest[:1] not in _MEANING:
                    raise ValueError("an unknown escape")
                text, rest = text + _MEANING[rest[0]], rest[1:]
        return text

    def to_url(self, value: object) -> str:
        escaped = str(value).replace("~", "~~").replace("/", "~s")
        return f"~d{escaped[1:]}" if escaped.startswith(".") else escaped


_MEANING = {"~": "~", "s": "/", "d": "."}
