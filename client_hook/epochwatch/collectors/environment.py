"""What a post-mortem wants to know of the place a run was started in."""

from __future__ import annotations

import os
import platform
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_GIT_TIMEOUT_SECONDS = 2.0  # a network folder or a huge repository must not hold up the training
_PACKAGES = (
    "accelerate", "datasets", "diffusers", "flax", "jax", "keras", "lightning", "numpy", "peft", "pytorch_lightning",
    "sklearn", "tensorflow", "timm", "torch", "torchaudio", "torchmetrics", "torchvision", "transformers",
)  # fmt: skip
_MASK = "***"
_SECRET_NAME = re.compile(r"token|key|passw|pwd|secret|credential", re.IGNORECASE)
_HARMLESS = re.compile(r"tokeni[sz]|keypoint|keyframe|keyboard", re.IGNORECASE)  # names that only sound secret
_ASSIGNED = re.compile(r"""([\w.-]+["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&"']+)""")  # inside code, JSON or a URL
_URL_LOGIN = re.compile(r"(?<=://)[^/@\s]+(?=@)")


def describe_environment() -> dict[str, Any]:
    """Describe how and where this process was started. Reads nothing from a device and asks nobody over the network.

    Returns:
        JSON-ready: command (one line, secrets masked), script, cwd, python, platform, host, pid, cpu_count (usable
        by this process), git {commit, branch, dirty} of the script's folder or None, torch and cuda (versions) and
        device (names in words) or None, packages {name: version} of those imported so far.
    """
    script = _script()
    torch = sys.modules.get("torch")
    return {
        "command": shlex.join(masked(sys.orig_argv)),
        "script": str(script) if script is not None else None,
        "cwd": _working_folder(),
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "cpu_count": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "git": describe_git(script.parent if script is not None else Path(_working_folder() or "/")),
        "torch": _version_of(torch),
        "cuda": getattr(getattr(torch, "version", None), "cuda", None),
        "device": _device_names(torch) if hasattr(torch, "Tensor") else None,
        "packages": {
            name: version for name in _PACKAGES if (version := _version_of(sys.modules.get(name))) is not None
        },
    }


def masked(arguments: Sequence[str]) -> list[str]:
    """Hide the values of options whose names speak of a token, key, password or secret, and logins inside URLs.

    Seen are `--name value`, `--name=value`, `name=value`, and assignments inside code, JSON or a URL's query.
    """
    shown: list[str] = []
    hides_next = False
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        is_option = not any(letter.isspace() for letter in name)
        if hides_next and not argument.startswith("--"):
            shown.append(_MASK)
        elif equals and is_option and _is_secret(name):
            shown.append(f"{name}={_MASK}")
        else:
            shown.append(_URL_LOGIN.sub(_MASK, _ASSIGNED.sub(_mask_assignment, argument)))
        hides_next = argument.startswith("-") and not equals and is_option and _is_secret(name)
    return shown


def _is_secret(name: str) -> bool:
    return bool(_SECRET_NAME.search(_HARMLESS.sub("", name)))


def _mask_assignment(found: re.Match[str]) -> str:
    return found[1] + _MASK if _is_secret(found[1]) else found[0]


def describe_git(folder: Path) -> dict[str, Any] | None:
    """Return commit, branch (None when detached) and dirty (tracked files changed; None when it took too long).

    None when the folder is in no repository, or there is no git.
    """
    head = _git(folder, "rev-parse", "HEAD", "--abbrev-ref", "HEAD")
    if head is None or len(head.split()) != 2:
        return None
    commit, branch = head.split()
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no", "--ignore-submodules")
    return {
        "commit": commit,
        "branch": None if branch == "HEAD" else branch,
        "dirty": None if changes is None else bool(changes.strip()),
    }


def parameter_count(model: Any) -> tuple[int, int]:
    """Count a torch model's parameters, all and trainable ones; shared ones once, not yet shaped ones not at all.

    Raises:
        TypeError: something without parameters.
    """
    if not callable(getattr(model, "parameters", None)):
        raise TypeError(f"given {type(model).__name__}, expected a torch.nn.Module")
    import torch

    parameters = [p for p in model.parameters() if not torch.nn.parameter.is_lazy(p)]
    return sum(p.numel() for p in parameters), sum(p.numel() for p in parameters if p.requires_grad)


def _script() -> Path | None:
    given = getattr(sys.modules.get("__main__"), "__file__", None) or (sys.argv[0] if sys.argv else "")
    path = Path(given) if given and given not in ("-c", "-m") else None
    try:
        return path.resolve() if path is not None and path.is_file() else None
    except OSError:
        return None


def _working_folder() -> str | None:
    try:
        return str(Path.cwd())
    except OSError:  # deleted under the process
        return None


def _git(folder: Path, *arguments: str) -> str | None:
    # No lock on the user's index, no prompt, and no command that the repository's own configuration may name.
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_GIT_TIMEOUT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace")


def _version_of(module: Any) -> str | None:
    version = getattr(module, "__version__", None)
    return str(version) if isinstance(version, str) else None


def _device_names(torch: Any) -> str:
    """Name the accelerators in words, without starting CUDA: a process that has started it cannot fork any more."""
    if torch.cuda.is_initialized():
        names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    elif torch.version.cuda is not None:
        names = _names_from_driver()
    elif getattr(torch.version, "hip", None) is not None:
        names = ["AMD GPU"]
    elif torch.backends.mps.is_available():
        names = ["Apple GPU"]
    else:
        names = []
    counted = {name: names.count(name) for name in names}
    return ", ".join(name if count == 1 else f"{count} × {name}" for name, count in counted.items()) or "cpu"


def _names_from_driver() -> list[str]:
    """Read NVIDIA's driver files: all GPUs of the machine, also those hidden by CUDA_VISIBLE_DEVICES."""
    names = []
    for information in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        for line in information.read_text("utf-8", "replace").splitlines():
            if line.startswith("Model:"):
                names.append(line.partition(":")[2].strip())
    if not names and any(Path(node).exists() for node in ("/dev/dxg", "/dev/nvhost-gpu")):
        return ["NVIDIA GPU"]  # under WSL and on Jetson the driver has no such files
    return names
