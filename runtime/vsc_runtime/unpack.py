"""Unpacking submission.zip, which a stranger made: every entry is checked before any is written."""

import errno
import os
import re
import resource
import shutil
import stat

from .archive import DEFLATED, STORED, Archive, Damaged, parts_of
from .errors import EnvironmentFailure, SubmissionFailure
from .files import remove_if_there
from .zip_directory import SUBMISSION, BadArchive

# Names in the work folder that belong to the runtime.
RESERVED = ("submission", "entrypoint.sh")
# What Linux takes, below the folder that a submission is unpacked into.
_MAX_NAME_BYTES = 4000
_MAX_PART_BYTES = 255
_MAX_DEPTH = 32


def open_submission(path):
    """Open the zip; its names have been checked by `entries`. Raises RunFailure."""
    try:
        archive = Archive(path, SUBMISSION)
    except FileNotFoundError:
        raise EnvironmentFailure(f"{path} is missing") from None
    except OSError as error:
        raise EnvironmentFailure(f"{path} can't be read: {error.strerror}") from error
    except BadArchive as error:
        raise SubmissionFailure("bad-zip", f"submission.zip can't be read: {error}") from error
    try:
        entries(archive)
    except BaseException:
        archive.close()
        raise
    return archive


def entries(archive):
    """Return {name from the root: Entry} of files and folders; SubmissionFailure names what is refused.

    Keys are in the one spelling that all others of a name come to.
    """
    found, problems, tree = {}, [], _Folder()
    for entry in archive.entries:
        parts = parts_of(entry.name)
        problem = _problem(entry, parts) or (tree.add(parts, entry.is_folder) if parts else None)
        if problem:
            problems.append(f"{_shown(entry.name)} {problem}")
        elif parts:
            found["/".join(parts)] = entry
    if problems:
        more = f" and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise SubmissionFailure("bad-zip", "submission.zip is refused: " + "; ".join(problems[:5]) + more)
    return found


def _shown(name):
    return ascii(name if len(name) <= 120 else name[:120] + "…")


def _problem(entry, parts):
    kind = stat.S_IFMT(entry.mode)
    if _is_impossible(entry, parts):
        return "has an impossible name"
    if "\\" in entry.name:
        return "has a backslash in its name; zip with / between folders"
    if entry.name.startswith("/") or re.match("[A-Za-z]:", entry.name):
        return "has an absolute name"
    if ".." in parts:
        return "leads out of the folder"
    if kind == stat.S_IFLNK:
        return "is a symbolic link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is neither a file nor a folder"
    if entry.encrypted:
        return "is encrypted"
    if entry.method not in (STORED, DEFLATED):
        return f"is compressed by method {entry.method}; allowed are stored and deflated"
    if parts and parts[0] in RESERVED:
        return "has a name that the runtime needs itself"
    return None


def _is_impossible(entry, parts):
    too_long = any(len(part.encode()) > _MAX_PART_BYTES for part in parts) or len(entry.name.encode()) > _MAX_NAME_BYTES
    return too_long or len(parts) > _MAX_DEPTH or not (parts or entry.is_folder)


class _Folder:
    """The names in a zip as the folders and files that they become; a name costs its length, no more."""

    def __init__(self, part="", is_file=False):
        self.part = part
        self.is_file = is_file
        self.below = {}

    def add(self, parts, is_folder):
        """Add a name by its parts and return what is wrong with it beside the others, or None."""
        node, problem, is_new = self, None, False
        for part in parts:
            if node.is_file:
                problem = problem or f"lies in {_shown(node.part)}, which is a file"
            known = node.below.get(part.lower())
            is_new = known is None
            node = node.below.setdefault(part.lower(), known or _Folder(part))
            if node.part != part:
                problem = problem or f"differs only in case from {_shown(node.part)}"
        if is_folder:
            return problem or ("is both a file and a folder" if node.is_file else None)
        if not is_new:
            problem = problem or ("occurs twice" if node.is_file else "is both a file and a folder")
        node.is_file = True
        return problem


def check_room(found, folder):
    """Raise unless the entries' files fit on the disk of `folder`."""
    needed = sum(entry.size for entry in found)
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
    for entry in found.values():
        parts = [part for part in entry.name.split("/") if part not in ("", ".")]
        if entry.is_folder:
            _make_folders(folder, parts, owner)
            continue
        _make_folders(folder, parts[:-1], owner)
        target = os.path.join(folder, *parts)
        if os.path.isdir(target) and not os.path.islink(target):
            raise SubmissionFailure("bad-zip", f"{_shown(entry.name)} in submission.zip is a folder in the container")
        unpack_one(archive, entry, target)
        os.chmod(target, 0o755 if entry.mode & 0o111 else 0o644)
        if owner:
            os.chown(target, *owner)
        count += 1
    return count


def unpack_one(archive, entry, target):
    """Write one entry to `target`, replacing a file or link of that name."""
    remove_if_there(target)
    try:
        contents = archive.open(entry)
        with open(target, "xb") as file:
            piece = contents.read_some()
            while piece:
                file.write(piece)
                piece = contents.read_some()
    except Damaged as error:
        raise SubmissionFailure("bad-zip", f"{_shown(entry.name)} in submission.zip is damaged: {error}") from error
    except OSError as error:
        if error.errno == errno.EFBIG:  # a limit of this container, not a full disk
            raise SubmissionFailure(
                "bad-zip", f"{_shown(entry.name)} in submission.zip is larger than allowed: {entry.size:,} bytes, "
                f"where a file may have {resource.getrlimit(resource.RLIMIT_FSIZE)[0]:,}"
            ) from error
        raise EnvironmentFailure(f"{target} can't be written: {error.strerror}") from error


def _make_folders(folder, parts, owner):
    path = folder
    for part in parts:
        path = os.path.join(path, part)
        if os.path.islink(path):  # left by an earlier run of the same container
            os.unlink(path)
        if os.path.isdir(path):
            continue
        try:
            os.mkdir(path, 0o755)
        except FileExistsError:
            raise SubmissionFailure("bad-zip", f"{_shown(part)} in submission.zip is a file in the container") from None
        except OSError as error:
            raise EnvironmentFailure(f"{path} can't be made: {error.strerror}") from error
        if owner:
            os.chown(path, *owner)
