"""Files are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from symgd.errors import InputError


def write_whole(path: Path, body: str | bytes) -> Path:
    """Write `body`, text as UTF-8, by way of a file beside `path`: no half of it is ever seen.

    Raises InputError, in one sentence, where the place cannot be written.
    """
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent or ".", prefix=f".{path.name}.")
        try:
            if isinstance(body, bytes):
                with os.fdopen(handle, "wb") as binary:
                    binary.write(body)
            else:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(body)
            mask = os.umask(0)
            os.umask(mask)
            os.chmod(temporary, 0o666 & ~mask)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise InputError(f"{path} could not be written: {error.strerror or error}.") from None
    return path
