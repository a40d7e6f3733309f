import type { Attack } from '../attack.ts';
import { takeOver } from './take-over.ts';

const tries = (body: string) => `
import os, socket, subprocess
def tried(what, action):
    try:
        action(); print(what, "WORKED")
    except Exception as error:
        print(what, "refused:", type(error).__name__)
${body}
import honest
`;

/** Against the data, the network, the host and root. */
export const reachAttacks: readonly Attack[] = [
  {
    name: 'write-to-data',
    tries: 'changes, adds, removes and renames files in /data',
    outcome: 'all refused',
    main: tries(`
tried("add", lambda: open("/data/new.txt", "w"))
tried("change", lambda: open("/data/query_subset.csv", "a").write("Q100001"))
tried("remove", lambda: os.unlink("/data/query_metadata.csv"))
tried("rename", lambda: os.rename("/data/query", "/data/old"))
tried("mode", lambda: os.chmod("/data", 0o777))
tried("remount", lambda: subprocess.run(["mount", "-o", "remount,rw", "/data"], check=True, stderr=subprocess.DEVNULL))`),
    exit: [0],
    says: /add refused[\s\S]*remount refused/,
    never: /WORKED/,
  },
  {
    name: 'network',
    tries: 'with BLOCK_INTERNET: connects to addresses, asks for names, sends datagrams',
    outcome: 'there is no network but the loopback',
    main: tries(`
tried("address", lambda: socket.create_connection(("192.0.2.1", 80), 3))
tried("gateway", lambda: socket.create_connection(("172.17.0.1", 2375), 3))
tried("name", lambda: socket.getaddrinfo("example.org", 80))
tried("datagram", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53)))
tried("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
tried("links", lambda: 1 / (os.listdir("/sys/class/net") != ["lo"]))`),
    exit: [0],
    says: /address refused[\s\S]*links refused/,
    never: /WORKED/,
  },
  {
    name: 'metadata-address',
    tries: "with BLOCK_INTERNET: asks a cloud's metadata address, 169.254.169.254, for credentials",
    outcome: 'not reachable',
    main: tries('tried("metadata", lambda: socket.create_connection(("169.254.169.254", 80), 3))'),
    exit: [0],
    says: /metadata refused/,
    never: /WORKED/,
  },
  {
    name: 'other-sockets',
    tries:
      "opens sockets of families that lead to a virtual machine's host (AF_VSOCK) or into drivers, also by io_uring and by the calls of 32-bit programs",
    outcome: 'all refused',
    main: tries(`
import ctypes, mmap
libc = ctypes.CDLL(None, use_errno=True)
def call(*numbers):
    if libc.syscall(*map(ctypes.c_long, numbers)) < 0: raise OSError(ctypes.get_errno(), "no")
def old_call(number, first, second):
    code = b"\\x53\\xb8" + number.to_bytes(4, "little") + b"\\xbb" + first.to_bytes(4, "little")
    code += b"\\xb9" + second.to_bytes(4, "little") + b"\\x31\\xd2\\xcd\\x80\\x5b\\xc3"
    page = mmap.mmap(-1, 4096, prot=7); page.write(code)
    # A kernel without such calls ends the process that tries one.
    child = os.fork()
    if child == 0: os._exit(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))() < 0)
    if os.waitpid(child, 0)[1] != 0: raise OSError
for family in set(range(64)) - {1, 2, 10, 16}:
    for kind in 1, 2, 3, 5: tried(f"family {family}", lambda: call(41, family, kind, 0))
tried("pair", lambda: call(53, 40, 1, 0, 0))
tried("x32", lambda: call(0x40000000 + 41, 40, 1, 0))
tried("io_uring", lambda: call(425, 1, 0))
tried("i386", lambda: old_call(359, 40, 1))
tried("socketcall", lambda: old_call(102, 1, 0))`),
    exit: [0],
    says: /family 40 refused[\s\S]*socketcall refused/,
    never: /WORKED/,
  },
  {
    name: 'other-sockets-by-others',
    tries: 'takes over the processes it came from (ptrace) to have them open such a socket',
    outcome: 'refused to them too',
    main: tries(`${takeOver}
def call_in(pid, *numbers):
    result = make_call(pid, *numbers)
    if result < 0: raise OSError(-result, "no")
    return result
for pid in shell, runtime:
    tried("vsock", lambda: call_in(pid, 41, 40, 1, 0))
    tried("io_uring", lambda: call_in(pid, 425, 1, 0))
    print("network", "open" if call_in(pid, 41, 2, 1, 0) >= 0 else "refused")`),
    exit: [0],
    says: /(vsock refused.*\nio_uring refused.*\nnetwork open\n){2}/,
    never: /WORKED/,
  },
  {
    name: 'docker-socket',
    tries: "looks for the engine's socket, abstract ones too, and for devices",
    outcome: 'none is in reach',
    main: tries(`
for path in ["/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "\\0containerd-shim"]:
    tried(path.strip("\\0"), lambda: socket.socket(socket.AF_UNIX).connect(path))
tried("devices", lambda: [os.stat(f"/dev/{name}") for name in ("sda", "vda", "nvme0n1", "kvm", "mem")][9:])
tried("device", lambda: os.mknod("/tmp/disk", 0o060600, os.makedev(254, 0)))`),
    exit: [0],
    says: /docker\.sock refused/,
    never: /WORKED/,
  },
  {
    name: 'escape-through-the-kernel',
    tries: 'writes to /proc/sys, /sys and cgroups, mounts, makes namespaces, loads modules',
    outcome: 'all refused',
    main: tries(`
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def call(function, *arguments):
    if function(*arguments) == -1:
        raise OSError(ctypes.get_errno(), "no")
tried("core pattern", lambda: open("/proc/sys/kernel/core_pattern", "w").write("|/tmp/x"))
tried("sysrq", lambda: open("/proc/sysrq-trigger", "w").write("h"))
tried("release agent", lambda: open("/sys/fs/cgroup/memory/release_agent", "w").write("/tmp/x"))
tried("memory limit", lambda: open("/sys/fs/cgroup/memory/memory.limit_in_bytes", "w").write("-1"))
tried("mount", lambda: call(libc.mount, b"none", b"/tmp", b"tmpfs", 0, None))
tried("user namespace", lambda: call(libc.unshare, 0x10000000))
tried("mount namespace", lambda: call(libc.unshare, 0x00020000))
tried("chroot", lambda: os.chroot("/tmp"))
tried("nice", lambda: os.nice(-5))`),
    exit: [0],
    says: /core pattern refused[\s\S]*nice refused/,
    never: /WORKED/,
  },
  {
    name: 'become-root',
    tries: 'setuid, su, and a shell with the setuid bit',
    outcome: 'all refused: no capabilities, and no way to gain any',
    main: tries(`
import shutil
tried("setuid", lambda: os.setuid(0))
tried("setgid", lambda: os.setgroups([0]))
tried("su", lambda: subprocess.run(["su", "-c", "true"], check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
tried("chown", lambda: os.chown("/tmp", os.getuid(), -1))
shutil.copy("/bin/bash", "/tmp/sh"); os.chmod("/tmp/sh", 0o6755)
tried("setuid bit", lambda: subprocess.run(["/tmp/sh", "-p", "-c", "test $(id -u) = 0"], check=True))
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status"))
tried("capabilities", lambda: 1 / any(int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")))
tried("new privileges", lambda: 1 / (1 - int(status["NoNewPrivs"])))`),
    exit: [0],
    says: /setuid refused[\s\S]*new privileges refused/,
    never: /WORKED/,
  },
];
