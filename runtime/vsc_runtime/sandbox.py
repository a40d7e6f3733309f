"""Running a submission's main.py: as a user without rights where possible, and leaving nothing behind.

As root, main.py becomes the user `submission` and every process of that user
is killed at the end. Otherwise main.py has the rights of this process, and its
descendants are killed. Orphans among them come to us (PR_SET_CHILD_SUBREAPER).
"""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import NamedTuple

from .errors import Interrupted, SubmissionFailure

USER = "submission"
GRACE_SECONDS = 2.0
KILL_SECONDS = 5.0
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_CAP_CHOWN, _CAP_SETGID, _CAP_SETUID = 0, 6, 7  # linux/capability.h


def unprivileged_user():
    """Return (uid, gid) for main.py to run with, or None to stay the same user."""
    if os.geteuid() != 0 or not _can_give_away():
        return None
    try:
        entry = pwd.getpwnam(USER)
    except KeyError:
        return None
    return entry.pw_uid, entry.pw_gid


def _can_give_away():
    with open("/proc/self/status") as file:
        effective = next(line for line in file if line.startswith("CapEff:"))
    mask = int(effective.split()[1], 16)
    return all(mask >> capability & 1 for capability in (_CAP_CHOWN, _CAP_SETGID, _CAP_SETUID))


@contextmanager
def interruptible():
    """Turn SIGTERM and SIGINT into Interrupted, raised where the block stands."""
    def interrupt(number, _frame):
        raise Interrupted(number, signal.Signals(number).name)

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_main(folder, environment, user):
    """Run `folder`/main.py with this Python and return its exit code (128 + N after signal N).

    Output is inherited. A signal that interrupts the run is forwarded; main.py
    has GRACE_SECONDS to obey. No process of main.py's outlives the call, and it
    leaves no core dump.
    """
    environment = {**environment, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "main.py"]
    if user:
        uid, gid = user
        environment["HOME"] = str(folder)
        environment["USER"] = environment["LOGNAME"] = USER
        command = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--inh-caps=-all",
                   "--no-new-privs", "--", *command]
    command = ["prlimit", "--core=0", "--", *command]
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = None
    try:
        child = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
        )
        code = _wait(child)
    except Interrupted as interruption:
        _forward(child, interruption.signal_number)
        raise
    finally:
        _kill_all(child, user)
    return code if code >= 0 else 128 - code


def _wait(child):
    """Return main.py's exit code (-N after signal N); collects orphans that die meanwhile."""
    while child.returncode is None:
        pid, status = os.waitpid(-1, 0)
        if pid == child.pid:
            child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode


def _forward(child, number):
    if child is None:
        return
    try:
        os.killpg(child.pid, number)
        child.wait(GRACE_SECONDS)
    except (ProcessLookupError, subprocess.TimeoutExpired, Interrupted):
        pass


def _kill_all(child, user):
    """Kill and collect all that main.py left behind; SubmissionFailure when it outruns us.

    Only a different user can be killed as a whole. With our own rights a
    program that never stops forking into new groups could escape for a while.
    """
    if child is not None:
        child.kill()
        child.wait()
    deadline = time.monotonic() + KILL_SECONDS
    while True:
        if user:
            _kill_as(*user)
        else:
            for process in _descendants():
                _kill(os.kill, process.pid)
                if process.group != os.getpgrp():
                    _kill(os.killpg, process.group)
        # A process that keeps forking away can slip through a scan, but leaves dead ones behind.
        died = _collect()
        left = any(process.state not in "ZX" for process in _left_over(user))
        if not died and not left:
            return
        if time.monotonic() > deadline:
            raise SubmissionFailure("main-failed", "main.py left processes that can't be killed")


def _left_over(user):
    if user:
        return [process for process in _processes() if process.owner == user[0]]
    return _descendants()


def _kill(function, target):
    try:
        function(target, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _collect():
    """Wait for dead children, which orphans of main.py's become; return how many there were."""
    count = 0
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            count += 1
    except ChildProcessError:
        pass
    return count


def _kill_as(uid, gid):
    """Kill every process of a user in one system call, which no fork can outrun."""
    try:
        pid = os.fork()
    except BlockingIOError:
        # The user has used up the processes that the container may have: one by one, to make room.
        for process in _processes():
            if process.owner == uid:
                _kill(os.kill, process.pid)
        return
    if pid == 0:
        try:
            os.setgroups([])
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
            os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def _descendants():
    """Return the processes below this one, dead ones included."""
    table = list(_processes())
    known = {os.getpid()}
    while True:
        more = {process.pid for process in table if process.parent in known} - known
        if not more:
            break
        known |= more
    return [process for process in table if process.pid in known - {os.getpid()}]


class _Process(NamedTuple):
    pid: int
    state: str
    parent: int
    group: int
    owner: int


def _processes():
    """Yield every process that can be seen (proc(5): stat has state, parent and group after the name)."""
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                state, parent, group = file.read().rpartition(b")")[2].split()[:3]
            owner = os.stat(f"/proc/{name}").st_uid
        except (FileNotFoundError, ProcessLookupError):
            continue
        yield _Process(int(name), state.decode(), int(parent), int(group), owner)
