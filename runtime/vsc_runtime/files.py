"""Files that appear whole, belong to the right user and aren't followed through links."""

import os
import stat
import subprocess
import tempfile
from contextlib import contextmanager


@contextmanager
def written_whole(path):
    """Yield a binary file that becomes `path` when the block ends well, and vanishes otherwise.

    As root the file is given to the owner of its folder, so that on a mounted
    folder it belongs to the host's user.
    """
    folder = os.path.dirname(os.path.abspath(path))
    handle, temporary = tempfile.mkstemp(prefix=".vsc-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            if os.geteuid() == 0:
                owner = os.stat(folder)
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        remove_if_there(temporary)
        raise


def remove_if_there(path):
    """Remove a file or link; nothing happens when there is none."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def remove_whatever(path):
    """Remove what somebody untrusted may have put at `path`, a folder too, as far as that is allowed."""
    try:
        remove_if_there(path)
    except OSError:
        # Not shutil.rmtree, which needs a call and an open file for each folder within a folder.
        subprocess.run(["rm", "-rf", "--", path], stderr=subprocess.DEVNULL, check=False)


class NotCopied(Exception):
    """The file is no regular file, or larger than allowed."""


def copy_regular(source, target, max_bytes):
    """Copy a file that somebody untrusted wrote: regular, no link, at most `max_bytes`.

    Raises FileNotFoundError or NotCopied; `target` must not exist yet.
    """
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for ever.
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise NotCopied(f"it can't be opened as a regular file ({error.strerror})") from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        os.close(descriptor)
        raise NotCopied("it is not a regular file")
    with os.fdopen(descriptor, "rb") as file:
        if status.st_size > max_bytes:
            raise NotCopied(f"it has {status.st_size:,} bytes; allowed {max_bytes:,}")
        with open(target, "xb") as copy:
            left = max_bytes
            while True:
                chunk = file.read(min(1 << 20, left + 1))
                if not chunk:
                    return
                left -= len(chunk)
                if left < 0:
                    raise NotCopied(f"it grew beyond the allowed {max_bytes:,} bytes")
                copy.write(chunk)
