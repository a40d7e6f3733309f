"""Unpacking submission.zip, which a stranger made: every entry is checked before any is written."""

import errno
import os
import posixpath
import resource
import shutil
import stat
import zipfile
import zlib

from .errors import EnvironmentFailure, SubmissionFailure
from .files import remove_if_there

# Names in the work folder that belong to the runtime.
RESERVED = ("submission", "entrypoint.sh")
_ENCRYPTED = 0x1
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


def open_submission(path):
    """Open the zip; the ZipFile has been checked by `entries`. Raises RunFailure."""
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise EnvironmentFailure(f"{path} is missing") from None
    except OSError as error:
        raise EnvironmentFailure(f"{path} can't be read: {error.strerror}") from error
    except _BROKEN as error:
        raise SubmissionFailure("bad-zip", f"submission.zip can't be read: {error}") from error
    try:
        entries(archive)
    except BaseException:
        archive.close()
        raise
    return archive


def entries(archive):
    """Return {normal relative name: ZipInfo} of files and folders; SubmissionFailure names all that is refused."""
    found, problems = {}, []
    for info in archive.infolist():
        name = posixpath.normpath(info.filename)
        problem = _problem(info, name)
        if problem is None and name in found and not (info.is_dir() and found[name].is_dir()):
            problem = "occurs twice"
        if problem:
            problems.append(f"{info.filename!r} {problem}")
        elif name != ".":
            found[name] = info
    for name in found:
        parent = posixpath.dirname(name)
        while parent:
            if parent in found and not found[parent].is_dir():
                problems.append(f"{name!r} lies in {parent!r}, which is a file")
            parent = posixpath.dirname(parent)
    if problems:
        more = f" and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise SubmissionFailure("bad-zip", "submission.zip is refused: " + "; ".join(problems[:5]) + more)
    return found


def _problem(info, name):
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.filename.startswith("/"):
        return "has an absolute name"
    if ".." in info.filename.split("/"):
        return "leads out of the folder"
    if "\\" in info.filename:
        return "has a backslash in its name; zip with / between folders"
    if kind == stat.S_IFLNK:
        return "is a symbolic link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is neither a file nor a folder"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if name.split("/")[0] in RESERVED:
        return "has a name that the runtime needs itself"
    return None


def check_room(infos, folder):
    """Raise unless the files fit on the disk of `folder`."""
    needed = sum(info.file_size for info in infos)
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise SubmissionFailure(
            "bad-zip", f"submission.zip unpacks to {needed:,} bytes, but only {free:,} are free"
        )


def unpack(archive, folder, owner=None):
    """Unpack everything into `folder`; `owner` is a (uid, gid) that the files are given to.

    Files already there are replaced. Returns how many files were written.
    """
    found = entries(archive)
    check_room(found.values(), folder)
    folder = os.path.realpath(folder)
    count = 0
    for name, info in found.items():
        target = os.path.join(folder, name)
        if info.is_dir():
            _make_folders(folder, name, owner)
            continue
        _make_folders(folder, posixpath.dirname(name), owner)
        if os.path.isdir(target) and not os.path.islink(target):
            raise SubmissionFailure("bad-zip", f"{name!r} in submission.zip is a folder in the container")
        unpack_one(archive, info, target)
        executable = (info.external_attr >> 16) & 0o111
        os.chmod(target, 0o755 if executable else 0o644)
        if owner:
            os.chown(target, *owner)
        count += 1
    return count


def unpack_one(archive, info, target):
    """Write one entry to `target`, replacing a file or link of that name."""
    remove_if_there(target)
    try:
        with archive.open(info) as source, open(target, "xb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
    except _BROKEN as error:
        raise SubmissionFailure("bad-zip", f"{info.filename!r} in submission.zip is damaged: {error}") from error
    except OSError as error:
        if error.errno == errno.EFBIG:  # a limit of this container, not a full disk
            raise SubmissionFailure(
                "bad-zip", f"{info.filename!r} in submission.zip is larger than allowed: {info.file_size:,} bytes, "
                f"where a file may have {resource.getrlimit(resource.RLIMIT_FSIZE)[0]:,}"
            ) from error
        raise EnvironmentFailure(f"{target} can't be written: {error.strerror}") from error


def _make_folders(folder, name, owner):
    path = folder
    for part in name.split("/") if name else ():
        path = os.path.join(path, part)
        if os.path.islink(path):  # left by an earlier run of the same container
            os.unlink(path)
        if not os.path.isdir(path):
            os.mkdir(path, 0o755)
            if owner:
                os.chown(path, *owner)
