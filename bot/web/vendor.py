"""Put htmx in place from a package whose hash is known, so that no page ever loads a script from elsewhere.

`python -m bot.web.vendor WHEEL` takes the file out of a wheel that the build has downloaded
(requirements/vendor.txt names it and its hash); where the right file already stands, nothing is done.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

HTMX = Path(__file__).parent / "static" / "vendor" / "htmx.min.js"
WHEEL_NAME = "django_htmx-1.29.0-py3-none-any.whl"
WHEEL_SHA256 = "0ec5be1645ed71e6787bd75e0250624f00274ac3bb1730f07b6629a95688929b"
MEMBER = "django_htmx/static/django_htmx/htmx-2.min.js"
HTMX_SHA256 = "71ea67185bfa8c98c39d31717c6fce5d852370fcdfd129db4543774d3145c0de"


class WrongHash(Exception):  # noqa: N818
    """A file is not the one that was reviewed; nothing was put in place."""


def in_place(target: Path = HTMX) -> bool:
    """Whether the reviewed htmx stands where the pages expect it."""
    return target.is_file() and _sha256(target.read_bytes()) == HTMX_SHA256


def extract(wheel: Path, target: Path = HTMX) -> None:
    """Take htmx out of `wheel` into `target`; raises WrongHash if either is not the reviewed one."""
    if _sha256(wheel.read_bytes()) != WHEEL_SHA256:
        raise WrongHash(wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        script = archive.read(MEMBER)
    if _sha256(script) != HTMX_SHA256:
        raise WrongHash(MEMBER)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".draft")
    draft.write_bytes(script)
    draft.replace(target)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def main(arguments: list[str]) -> int:
    """0: in place; 1: a hash was wrong; 2: no wheel was given and the file is not there."""
    if in_place():
        return 0
    if not arguments:
        sys.stderr.write(f"thiếu đường dẫn tới {WHEEL_NAME}\n")
        return 2
    wheel = Path(arguments[0])
    try:
        extract(wheel / WHEEL_NAME if wheel.is_dir() else wheel)
    except WrongHash as error:
        sys.stderr.write(f"sai mã băm: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
