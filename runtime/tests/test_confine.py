import platform
import socket
import subprocess
import sys

import pytest

from vsc_runtime import confine

from conftest import RUNTIME

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="the filter is made for x86_64")


def confined(code):
    """Run code under the filter, in a process of its own; return its output."""
    driver = f"import sys; sys.path.insert(0, {str(RUNTIME)!r}); from vsc_runtime import confine; confine.confine()\n"
    done = subprocess.run([sys.executable, "-B", "-c", driver + code], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


TRY = """
import ctypes, errno, socket
libc = ctypes.CDLL(None, use_errno=True)
def call(*numbers):
    result = libc.syscall(*map(ctypes.c_long, numbers))
    return "opened" if result >= 0 else errno.errorcode[ctypes.get_errno()]
"""


@pytest.mark.parametrize("family", confine.FAMILIES, ids=lambda family: family.name)
def test_families_that_video_code_needs_are_there(family):
    kind = socket.SOCK_RAW if family == socket.AF_NETLINK else socket.SOCK_STREAM
    assert confined(f"{TRY}print(call(41, {int(family)}, {int(kind)}, 0))") == "opened"


def test_a_pair_of_sockets_works():
    assert confined("import socket; socket.socketpair(); print('paired')") == "paired"


def test_no_other_family_opens():
    """Among them AF_VSOCK (40), AF_PACKET (17) and AF_ALG (38)."""
    code = f"{TRY}print({{call(41, n, 1, 0) for n in range(64) if n not in {tuple(map(int, confine.FAMILIES))}}})"
    assert confined(code) == "{'EAFNOSUPPORT'}"
    assert confined(f"{TRY}print(call(53, 40, 1, 0, 0), call(41, 40 + (1 << 32), 1, 0))") == "EAFNOSUPPORT EAFNOSUPPORT"


def test_no_way_around_by_other_calls():
    """io_uring_setup, and socket by the numbers of the x32 ABI."""
    assert confined(f"{TRY}print(call(425, 1, 0), call(0x40000000 + 41, 1, 1, 0))") == "ENOSYS ENOSYS"


# mov eax, NUMBER; mov ebx, FIRST; mov ecx, SECOND; xor edx, edx; int 0x80: a call of the i386 ABI
I386 = TRY + """
import mmap, os
def old_call(number, first, second):
    code = b"\\x53" + b"\\xb8" + number.to_bytes(4, "little") + b"\\xbb" + first.to_bytes(4, "little")
    code += b"\\xb9" + second.to_bytes(4, "little") + b"\\x31\\xd2\\xcd\\x80\\x5b\\xc3"
    page = mmap.mmap(-1, 4096, prot=7)
    page.write(code)
    child = os.fork()
    if child == 0:
        result = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
        os._exit(0 if result >= 0 else -result)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return "killed"
    return errno.errorcode[os.WEXITSTATUS(status)] if status else "opened"
"""


def test_nor_by_the_calls_of_32_bits():
    """A kernel that has none refuses them all, or ends the process that tries one."""
    found = confined(f"{I386}print(old_call(20, 0, 0), old_call(359, 40, 1), old_call(359, 1, 1), old_call(102, 1, 0))")
    without = [" ".join([answer] * 4) for answer in ("ENOSYS", "killed")]
    assert found in ["opened EAFNOSUPPORT opened ENOSYS", *without]


def test_what_it_runs_inherits_the_filter_and_stays_without_new_rights():
    done = subprocess.run(
        [sys.executable, "-I", "-B", str(RUNTIME / "vsc_runtime/confine.py"), "grep", "-E", "NoNewPrivs|Seccomp:",
         "/proc/self/status"], capture_output=True, text=True, timeout=30,
    )
    assert done.stdout.split() == ["NoNewPrivs:", "1", "Seccomp:", "2"]


def test_without_filters_it_says_so_and_goes_on():
    code = (
        f"import sys; sys.path.insert(0, {str(RUNTIME)!r}); import os, runpy\n"
        "os.uname = lambda: os.uname_result(('Linux', 'here', '6', '', 'riscv64'))\n"
        "sys.argv = ['confine', 'echo', 'ran']; runpy.run_module('vsc_runtime.confine', run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-B", "-c", code], capture_output=True, text=True, timeout=30)
    assert done.stdout.splitlines() == [
        "Sockets of every family are open to the code: no filter could be installed (it is made for x86_64).", "ran",
    ]


