"""The official validator of BIDS."""

import json
import subprocess
from pathlib import Path


def errors(folder: Path) -> list[str]:
    """Return the errors of a data set; warnings are left out."""
    command = ["bids-validator-deno", "--format", "json", "--ignoreWarnings", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    issues = json.loads(done.stdout)["issues"]["issues"]
    return [f"{issue['code']} {issue.get('location')}" for issue in issues]
