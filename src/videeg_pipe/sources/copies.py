"""Copies: the same file under two names, which would count as two people, runs or videos."""

from collections.abc import Mapping

from videeg_pipe.runtime.errors import UserError


def check_copies(contents: Mapping[str, str], what: str = "recording") -> None:
    """Check that no two files have the same content.

    Args:
        contents: File to checksum of its content.
        what: What the files are, in an error.

    Raises:
        UserError: naming the first two files with the same checksum.
    """
    first: dict[str, str] = {}
    for file, checksum in contents.items():
        if checksum in first:
            raise UserError(
                file,
                expected=f"a {what} of its own",
                found=f"the content of {first[checksum]}",
                next_step=f"replace the copy by the right {what}, or remove it",
            )
        first[checksum] = file
