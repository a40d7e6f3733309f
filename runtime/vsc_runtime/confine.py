"""`python -m vsc_runtime.confine COMMAND…` runs a command that opens no sockets but those of video code.

A seccomp filter beside the engine's own takes the other families from this process and all
that come of it, for ever: AF_VSOCK leads to the host of a virtual machine, and the rest to
drivers that nobody here needs. Code can take over processes of its own user by ptrace, so
the filter has to be in all of them, the container's first included.
"""

import ctypes
import errno
import os
import socket
import struct
import sys

FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK)

_PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h
_SYS_SECCOMP = 317  # of x86_64, as the numbers below unless they say otherwise
_SET_MODE_FILTER, _SPEC_ALLOW = 1, 4  # linux/seccomp.h; the second: this filter makes no program slower

# linux/bpf_common.h; in struct seccomp_data: the call's number, the architecture, the first argument.
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_X86_64, _I386 = 0xC000003E, 0x40000003  # linux/audit.h
_X32 = 0x40000000  # this and more are calls of the x32 ABI
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000

# socket and socketpair name their family first. socketcall, which i386 has beside them, hides it in
# memory, and io_uring opens sockets without any call: they answer as on a kernel that lacks them.
_WITH_FAMILY = {_X86_64: (41, 53), _I386: (359, 360)}
_MISSING = {_X86_64: (425,), _I386: (425, 102)}


def confine():
    """Install the filter for good; OSError where the kernel has none."""
    if os.uname().machine != "x86_64":
        raise OSError(errno.ENOSYS, "it is made for x86_64")
    program = _program()
    code = ctypes.create_string_buffer(program)
    head = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    # Without the right to administer the system the kernel wants this promise first.
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    if libc.syscall(ctypes.c_long(_SYS_SECCOMP), _SET_MODE_FILTER, _SPEC_ALLOW, head):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _program():
    """Return the filter's machine code."""
    allow, missing = [_step(_RETURN, _ALLOW)], [_step(_RETURN, _FAIL | errno.ENOSYS)]
    family = [_step(_LOAD, _FIRST_ARGUMENT)]
    for number in FAMILIES:
        family += _if(_IF_EQUAL, number, allow)
    family += [_step(_RETURN, _FAIL | errno.EAFNOSUPPORT)]
    program = [_step(_LOAD, _ARCHITECTURE)]
    for architecture in _WITH_FAMILY:
        calls = [_step(_LOAD, _NUMBER), *_if(_IF_AT_LEAST, _X32, missing)]
        for number in _WITH_FAMILY[architecture]:
            calls += _if(_IF_EQUAL, number, family)
        for number in _MISSING[architecture]:
            calls += _if(_IF_EQUAL, number, missing)
        program += _if(_IF_EQUAL, architecture, calls + allow)
    return b"".join(program + missing)


def _if(comparison, value, then):
    """Return steps that do `then`, which never ends in the open, where the loaded value compares so."""
    return [_step(comparison, value, 0, len(then)), *then]


def _step(code, value, jump_if_true=0, jump_if_false=0):
    return struct.pack("=HBBI", code, jump_if_true, jump_if_false, value)


if __name__ == "__main__":
    try:
        confine()
    except OSError as error:
        print(f"Sockets of every family are open to the code: no filter could be installed ({error.strerror}).")
        sys.stdout.flush()
    os.execvp(sys.argv[1], sys.argv[1:])
