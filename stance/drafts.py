"""Files that appear, or take the place of a former one, only once they are complete."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def write_draft(target: Path) -> Iterator[Path]:
    """Yield a file beside the target to write to; it takes the target's place unless an error leaves the block.

    Raises:
        OSError: the folder cannot be written to.
    """
    target = target.resolve()  # a link stays a link
    handle, name = tempfile.mkstemp(prefix=f".{target.name}-", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        draft.chmod(target.stat().st_mode if target.exists() else 0o666 & ~_get_umask())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _get_umask() -> int:
    umask = os.umask(0o022)
    os.umask(umask)
    return umask
