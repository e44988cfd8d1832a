"""The official validator of BIDS."""

import json
import subprocess
import sysconfig
from pathlib import Path

# beside this Python, whose environment need not be activated
_VALIDATOR = Path(sysconfig.get_path("scripts"), "bids-validator-deno")


def errors(folder: Path) -> list[str]:
    """Return the errors of a data set; warnings are left out."""
    command = [_VALIDATOR, "--format", "json", "--ignoreWarnings", folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    issues = json.loads(done.stdout)["issues"]["issues"]
    return [f"{issue['code']} {issue.get('location')}" for issue in issues]
