"""Copies: the same recording under two names, which would count as two people or two runs."""

from collections.abc import Mapping

from videeg_pipe.runtime.errors import UserError


def check_copies(contents: Mapping[str, str]) -> None:
    """Check that no two files have the same content.

    Args:
        contents: File to checksum of its content.

    Raises:
        UserError: naming the first two files with the same checksum.
    """
    first: dict[str, str] = {}
    for file, checksum in contents.items():
        if checksum in first:
            raise UserError(
                file,
                expected="a recording of its own",
                found=f"the samples of {first[checksum]}",
                next_step="replace the copy by the right recording, or remove it",
            )
        first[checksum] = file
