"""`videeg`: light start-up."""

import subprocess
import sys


def test_commands_are_listed_without_importing_heavy_libraries():
    script = (
        "import sys\nfrom videeg_pipe.cli.main import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted({'torch', 'mne', 'scipy', 'h5py'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("[]\n")
    assert all(name in done.stdout for name in ("config", "info", "evaluate"))
