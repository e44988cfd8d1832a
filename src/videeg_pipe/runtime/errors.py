"""The error for problems that a user can correct."""

import re
import shlex
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

_AGAIN = "run the same command again with --forcerun {} at its end"
_ADVISED = re.compile(_AGAIN.format("(.*?)"))
_LOGIN = re.compile(r"(?<=://)\S*@")
# up to the quotes and brackets around the link
_QUERY = re.compile(r"(://[^\s?#]*)[?#]\S*?(?=['\"]*[\]},]*['\"]*(?:\s|$))")
_DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


class UserError(Exception):
    """A problem that the person who runs the workflow can correct.

    The message is one printable line: the file or option, the expected value, the found value and
    the next step. It is shown without a traceback. `expected` and `found` are those parts of it.
    `passing` says that another attempt may succeed by itself: the network, not a file or an option.
    """

    def __init__(
        self, what: str, *, expected: str, found: str, next_step: str, passing: bool = False
    ) -> None:
        what, expected, found, next_step = (
            printable(" ".join(str(part).split())) for part in (what, expected, found, next_step)
        )
        self.expected, self.found, self.passing = expected, found, passing
        super().__init__(f"{what}; expected {expected}; found {found}; {next_step}")

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the message and its parts, so that the error survives another process."""
        return UserError.__new__, (UserError, str(self)), self.__dict__


def listed(names: Sequence[str], most: int = 8) -> str:
    """Name the first `most` of many, such as channels, and count the others."""
    more = len(names) - most
    return ", ".join(names) if more < 2 else f"{', '.join(names[:most])} and {more} more"


def printable(line: str) -> str:
    """Write control characters, line breaks and changes of direction as escapes.

    Names in foreign files may hold them, and terminals obey them.
    """
    return "".join(repr(one)[1:-1] if _is_obeyed(one) else one for one in line)


def _is_obeyed(one: str) -> bool:
    return unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") or one in _DIRECTIONS


def make_again(*targets: str) -> str:
    """Return the advice to make files, or all files of rules, again."""
    return _AGAIN.format(shlex.join(targets))


def to_make_again(errors: Iterable[str]) -> list[str]:
    """Return the targets that errors advise to make again by `make_again`, each once."""
    advised = (targets for error in errors for targets in _ADVISED.findall(error))
    return list(dict.fromkeys(target for targets in advised for target in shlex.split(targets)))


def without_credentials(text: str) -> str:
    """Remove user, password, query and fragment from all links in a text.

    Where the end of a link is uncertain, more is removed, at most up to the next space.
    """
    return _QUERY.sub(r"\1", _LOGIN.sub("", text))
