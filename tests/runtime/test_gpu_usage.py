"""Use of a GPU in the log of its job, measured by an nvidia-smi that ends with the job."""

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from videeg_pipe.runtime.gpu_usage import gpu_memory_full, usage_logged

PRINTED = """#!/bin/sh
echo "$$ $*" > '{folder}/started'
while :; do echo 40; echo '[N/A]'; echo ' 80 '; echo 'Unknown Error'; sleep 0.05; done
"""

# as PyTorch writes it
FULL = """CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of 79.10 GiB
of which 15.62 MiB is free. This process has 79.08 GiB memory in use."""


@pytest.fixture
def smi(tmp_path, monkeypatch) -> Path:
    """Put an nvidia-smi on PATH; return the file in which it writes its number and arguments."""
    program = tmp_path / "bin" / "nvidia-smi"
    program.parent.mkdir()
    program.write_text(PRINTED.format(folder=tmp_path))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return tmp_path / "started"


@pytest.fixture
def used(monkeypatch, caplog):
    """A process that used a GPU, as far as PyTorch says."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "NVIDIA X")
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 2**30)
    monkeypatch.setattr(torch.cuda, "max_memory_reserved", lambda: 3 * 2**29)


def appeared(file: Path) -> list[str]:
    """Wait until nvidia-smi has begun; return its number and arguments."""
    end = time.monotonic() + 60
    while not (file.is_file() and file.read_text().endswith("\n")):
        assert time.monotonic() < end
        time.sleep(0.01)
    return file.read_text().split()


def is_alive(process: str) -> bool:
    try:
        state = Path("/proc", process, "stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_memory_and_utilisation_are_logged_also_after_an_error(smi, used, caplog):
    with pytest.raises(ZeroDivisionError), usage_logged(["1", "2"]):
        process, *arguments = appeared(smi)
        assert arguments[-4:] == ["-i", "1,2", "-l", "5"]
        time.sleep(0.2)
        assert is_alive(process)
        raise ZeroDivisionError
    assert not is_alive(process)
    line = "NVIDIA X: peak memory 1.00 GiB allocated, 1.50 GiB reserved; mean utilisation "
    assert caplog.messages[0].startswith(line)
    assert 45 <= int(caplog.messages[0].removeprefix(line).removesuffix(" %")) <= 60


@pytest.mark.parametrize("program", [None, "#!/bin/sh\necho 'No devices were found'; exit 6\n"])
def test_without_a_measurement_utilisation_is_left_out(
    tmp_path, monkeypatch, used, caplog, program
):
    if program is not None:
        (tmp_path / "nvidia-smi").write_text(program)
        (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with usage_logged(["0"]):
        pass
    assert caplog.messages == ["NVIDIA X: peak memory 1.00 GiB allocated, 1.50 GiB reserved"]


def test_nothing_is_logged_where_cuda_was_not_used(smi, caplog):
    caplog.set_level(logging.INFO)
    with usage_logged(["0"]):
        pass
    assert caplog.messages == []


def test_nvidia_smi_ends_with_a_killed_job(smi):
    code = (
        "import time\nfrom videeg_pipe.runtime.gpu_usage import usage_logged\n"
        "with usage_logged(['0']):\n    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as job:
        process, *_ = appeared(smi)
        job.send_signal(signal.SIGKILL)
    end = time.monotonic() + 30
    while is_alive(process):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_full_memory_names_what_was_tried_and_the_sizes_to_lower():
    config = {"train": {"batch_size": 64, "epochs": 2}, "pictures": {"vae": {"batch_size": 8}}}
    error = gpu_memory_full(torch.cuda.OutOfMemoryError(FULL), config)
    assert str(error) == (
        "GPU; expected enough memory in 79.10 GiB; found too little to allocate 20.00 MiB more; "
        "lower train.batch_size (now 64) or pictures.vae.batch_size (now 8)"
    )
    error = gpu_memory_full(torch.cuda.OutOfMemoryError("CUDA out of memory."), {})
    assert str(error).endswith("found too little; use a GPU with more memory")
    assert gpu_memory_full(RuntimeError(FULL), config) is None
