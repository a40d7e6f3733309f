import os
import signal
import subprocess
import sys
import time

import pytest

from vsc_runtime import sandbox

from conftest import RUNTIME

ROOT = os.geteuid() == 0
USERS = [None, "submission"] if ROOT else [None]


@pytest.fixture(params=USERS, ids=str)
def user(request, tmp_path):
    """None: main.py has our rights; else the image's unprivileged user, who owns the folder."""
    if request.param is None:
        return None
    user = sandbox.unprivileged_user()
    if user is None:
        pytest.skip("this image has no user submission, or we lack the capabilities")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        os.chmod(folder, 0o755)
    os.chown(tmp_path, *user)
    return user


def run(folder, code, user, variables=None):
    """Run main.py in a process of its own, as the pipeline does; return (exit code, stdout)."""
    (folder / "main.py").write_text(code)
    driver = (
        "import sys; sys.path.insert(0, sys.argv[1]); from vsc_runtime import sandbox, errors; import os\n"
        "try:\n"
        "    with sandbox.interruptible(): sys.exit(sandbox.run_main(sys.argv[2], dict(os.environ), eval(sys.argv[3])))\n"
        "except errors.Interrupted as end: sys.exit(end.exit_code)\n"
    )
    return subprocess.Popen(
        [sys.executable, "-B", "-c", driver, str(RUNTIME), str(folder), repr(user)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **(variables or {})},
    )


def finished(folder, code, user, **keywords):
    process = run(folder, code, user, **keywords)
    output, _ = process.communicate(timeout=30)
    return process.returncode, output


def alive(marker):
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline") as file:
                if marker in file.read():
                    return True
        except OSError:
            continue
    return False


def test_exit_codes_and_output(tmp_path, user):
    assert finished(tmp_path, "print('here')", user) == (0, "here\n")
    assert finished(tmp_path, "raise SystemExit(7)", user)[0] == 7
    assert finished(tmp_path, "import os; os.kill(os.getpid(), 9)", user)[0] == 137
    code, output = finished(tmp_path, "raise ValueError('mine')", user)
    assert code == 1 and output.endswith("ValueError: mine\n")


def test_surroundings_of_main(tmp_path, user):
    code = "import os, sys; print(os.getcwd(), os.getuid(), os.environ['PYTHONUNBUFFERED'], os.environ['MINE'], sys.stdin.read())"
    uid = user[0] if user else os.getuid()
    assert finished(tmp_path, code, user, variables={"MINE": "yes"}) == (0, f"{tmp_path} {uid} 1 yes \n")


DAEMON = """
import os, sys, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execvp(sys.executable, [sys.executable, '-c', 'import time; time.sleep(60)  # %s'])
        os._exit(0)
time.sleep(0.3)
"""


def test_daemons_are_killed(tmp_path, user):
    marker = f"daemon-of-{tmp_path.name}"
    assert finished(tmp_path, DAEMON % marker, user)[0] == 0
    assert not alive(marker)


FORKER = """
import os, time
end = time.monotonic() + 10
def multiply():
    while time.monotonic() < end:
        if os.fork():
            os._exit(0)
if os.fork() == 0:
    os.setsid()
    multiply()
time.sleep(0.2)
"""


def test_a_process_that_keeps_forking_away_is_caught(tmp_path, user):
    started = time.monotonic()
    assert finished(tmp_path, FORKER, user)[0] == 0
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signals_are_forwarded(tmp_path, user, number, code):
    process = run(tmp_path, (
        "import signal, sys, time\n"
        "def stop(number, frame): print('got', number); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, stop); signal.signal(signal.SIGINT, stop)\n"
        "print('ready')\n"
        "while True: time.sleep(1)\n"
    ), user)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    output, _ = process.communicate(timeout=10)
    assert (process.returncode, output) == (code, f"got {int(number)}\n")


def test_a_main_that_ignores_signals_is_killed(tmp_path, user):
    process = run(tmp_path, (
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('ready')\n"
        "while True: time.sleep(1)\n"
    ), user)
    assert process.stdout.readline() == "ready\n"
    started = time.monotonic()
    process.terminate()
    process.communicate(timeout=10)
    assert process.returncode == 143
    assert time.monotonic() - started < sandbox.GRACE_SECONDS + 2


@pytest.mark.skipif(not ROOT, reason="needs root")
def test_main_can_not_gain_rights(tmp_path):
    user = sandbox.unprivileged_user()
    if user is None:
        pytest.skip("this image has no user submission, or we lack the capabilities")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        os.chmod(folder, 0o755)
    code, output = finished(tmp_path, (
        "import os\n"
        "status = open('/proc/self/status').read()\n"
        "print([line.split()[1] for line in status.splitlines() if line.startswith(('NoNewPrivs', 'CapEff', 'CapPrm'))])\n"
        "print(os.getgroups(), os.access('/opt/vsc_runtime', os.W_OK), os.access('/proc/1/mem', os.R_OK))\n"
    ), user)
    assert (code, output) == (0, f"['{'0' * 16}', '{'0' * 16}', '1']\n[] False False\n")
