import { expect } from 'vitest';
import { type Attack, everyTrack } from '../attack.ts';
import { takeOver } from './take-over.ts';

/** Ends the container well with another report than the runtime's. */
const withReport = (report: string) => `import honest
open("/tmp/run_report.json", "w").write(${report})
${takeOver}
os.kill(runtime, 19)
force_exit(shell, 0)
`;

const forgedReport = (message: string) => `
import json
forged = {"version": 1, "stages": [{"name": "main", "seconds": 0.001}, {"name": "\\x1b]0;owned\\x07FORGED", "seconds": 1}],
  "counts": {"query_descriptors": 1e308, "full_matches": 1e308, "FORGED": 1}, "main": {"exit_code": 0}, "peak_memory_bytes": 1,
  "failure": ${message}}
json.dump(forged, open("/tmp/run_report.json", "w"))
`;

/** Against what validates, searches and writes the rankings, and against what is said of the run. */
export const scorerAttacks: readonly Attack[] = [
  {
    name: 'rewrite-the-validator',
    tries: 'writes over the validator, the entry point, Python and its packages',
    outcome: 'every write is refused; the results are those of an honest submission',
    tracks: everyTrack,
    main: `
import os, subprocess, sysconfig
places = ["/opt/vsc_runtime", sysconfig.get_paths()["purelib"], sysconfig.get_paths()["stdlib"], "/usr/bin", "/usr/lib/python3", "/code_execution/entrypoint.sh", "/etc"]
written = 0
for place in places:
    for folder, _, names in os.walk(place):
        for path in [os.path.join(folder, name) for name in names[:50]] + [folder + "/planted.py"]:
            if os.access(path if os.path.exists(path) else folder, os.W_OK):
                try:
                    open(path, "a").write("# owned"); written += 1
                except OSError:
                    pass
try:
    open("/code_execution/entrypoint.sh", "a").write("exit 0"); written += 1
except OSError:
    pass
try:
    os.rename("/code_execution/entrypoint.sh", "/code_execution/old"); written += 1
except OSError:
    pass
print("WRITTEN" if written else "refused")
import honest
`,
    exit: [0],
    says: /refused/,
    never: /WRITTEN/,
  },
  {
    name: 'plant-modules',
    tries: "leaves modules named like the scorer's in every folder that Python may look into",
    outcome: 'none is imported; the results are those of an honest submission',
    tracks: everyTrack,
    main: `
import os, site, honest
bad = "print('IMPORTED'); raise SystemExit(0)"
os.environ["HOME"] = "/code_execution"
for place in ["/code_execution", "/tmp", "/dev/shm", "/code_execution/.local/lib/python3.11/site-packages"]:
    os.makedirs(place, exist_ok=True)
    for name in ["numpy", "faiss", "csv", "re", "tempfile", "vsc_runtime", "sitecustomize", "usercustomize", "gzip", "tarfile"]:
        open(f"{place}/{name}.py", "w").write(bad)
`,
    exit: [0],
    never: /IMPORTED/,
  },
  {
    name: 'replace-the-full-sets',
    tries: 'replaces the full descriptors, which were validated before, by ones that rank better',
    outcome: 'the sets are scored as they were submitted: the rankings of an honest submission',
    main: `
import numpy as np, shutil, honest
for side in "query", "reference":
    name = f"/code_execution/{side}_descriptors.npz"
    old = dict(np.load(name))
    old["features"] = np.ones_like(old["features"])
    np.savez(name, **old)
try:
    shutil.copy("/code_execution/query_descriptors.npz", "/code_execution/submission/submission.zip")
    print("REPLACED")
except OSError:
    pass
`,
    exit: [0],
    never: /REPLACED/,
  },
  {
    name: 'rewrite-in-the-background',
    tries: 'leaves daemons that ignore signals and go on rewriting output and rankings',
    outcome: 'they die with their container; the rankings are those of an honest submission',
    main: `
import os, signal, sys, time
for _ in range(4):
    if os.fork() == 0:
        os.setsid()
        if os.fork(): os._exit(0)
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        while True:
            for path in ["/code_execution/submission/submission.tar.gz", "/code_execution/submission.tar.gz", "/code_execution/full_rankings.csv"]:
                try: open(path, "w").write("query_id,ref_id,score\\nQ100001,R100001,9\\n")
                except OSError: pass
            time.sleep(0.001)
import honest
`,
    exit: [0],
  },
  {
    name: 'plant-results',
    tries:
      'writes results and reports of its own wherever they are looked for, also over the full matches',
    outcome: 'nobody looks there; the results are those of an honest submission',
    tracks: everyTrack,
    main: `
import honest, os
for place in ["/code_execution/submission", "/code_execution", "/tmp", "/data"]:
    for name in ["submission.tar.gz", "full_rankings.csv", "full_matches.csv", "run_report.json", "log.txt"]:
        try: open(f"{place}/{name}", "w").write("PLANTED")
        except OSError: pass
`,
    exit: [0],
    never: /PLANTED/,
  },
  {
    name: 'kill-the-runtime',
    tries: 'kills its parent, the runtime (the same user), once the output is written',
    outcome: 'fails (1): killed',
    tracks: everyTrack,
    main: 'import honest, os, time\nos.kill(os.getppid(), 9)\ntime.sleep(30)\n',
    exit: [1],
    says: /The submission failed: .*killed/,
  },
  {
    name: 'force-success-without-output',
    tries:
      "takes over the container's first processes (ptrace) to end it with code 0, without output",
    outcome: 'fails (1): there is no output',
    main: `${takeOver}
for pid in shell, runtime:
    force_exit(pid, 0)
`,
    exit: [1],
    says: /The submission failed: it wrote no .*subset_(query_descriptors\.npz|matches\.csv)/,
  },
  {
    name: 'forge-a-success-report',
    tries: 'the same with an output, and a forged report with made-up times and terminal escapes',
    outcome: 'the results are those of an honest submission; nothing made up reaches the terminal',
    tracks: everyTrack,
    main: `import honest
${forgedReport('None')}
${takeOver}
os.kill(runtime, 19)
force_exit(shell, 0)
`,
    exit: [0],
    never: /FORGED|\x1b\]/,
  },
  {
    name: 'blame-the-environment',
    tries: 'forges a report and an exit code that say it was not its fault',
    outcome: 'fails (1), and what it says is not believed',
    main: `
${forgedReport('{"stage": "unpack", "kind": "environment", "message": "\\x1b]0;owned\\x07the ORGANISERS are to blame"}')}
${takeOver}
os.kill(runtime, 19)
force_exit(shell, 3)
`,
    exit: [1],
    says: /The submission failed: /,
    never: /ORGANISERS|\x1b\]/,
  },
  {
    name: 'poison-the-report',
    tries: 'leaves a report that is nested too deeply to be read',
    outcome: 'fails (1): killed; the report counts as none',
    main: `
import os, time
deep = "[" * 500000 + "]" * 500000
open("/tmp/run_report.json", "w").write('{"version": 1, "stages": [{"name": "main", "seconds": 1}], "counts": {}, "failure": {"stage": {"toString": 1}, "kind": ' + deep + ', "message": ' + deep + '}}')
os.kill(os.getppid(), 9)
time.sleep(30)
`,
    exit: [1],
    says: /The submission failed: .*killed/,
  },
  {
    name: 'report-beyond-time',
    tries: 'ends well with a report of stages that took 10^300 seconds',
    outcome:
      'the report says what was measured from outside, with a word that it was; the rankings are those of an honest submission',
    main: withReport(
      `'{"version": 1, "stages": [{"name": "main", "seconds": 1e300}, {"name": "copy", "seconds": 1e308}], "counts": {}}'`,
    ),
    exit: [0],
    says: /warning: The container of main\.py left no report that can be read: the time shown for it was measured from outside/,
    check: ({ page }) => expect(page).toContain('measured from outside'),
  },
  {
    name: 'report-longer-than-the-run',
    tries: 'ends well with a report of a main.py that took an hour, in a run of a second',
    outcome: 'as before',
    main: withReport(
      `'{"version": 1, "stages": [{"name": "main", "seconds": 3600}], "counts": {}}'`,
    ),
    exit: [0],
    says: /reports times that are longer than it ran: the time shown/,
    never: /1 h 00 min/,
  },
  {
    name: 'report-of-thousands',
    tries: 'ends well with a report of 100,000 stages and counts',
    outcome: 'as before',
    main: withReport(
      `'{"version": 1, "stages": [' + '{"name": "main", "seconds": 0},' * 99999 + '{"name": "main", "seconds": 0}], "counts": {}}'`,
    ),
    exit: [0],
    says: /left no report that can be read/,
    check: ({ page }) => expect(page.length).toBeLessThan(200_000),
  },
  {
    name: 'report-that-it-reproduces',
    tries: 'ends well with a report by which its code makes what was submitted',
    outcome: 'only the scoring tells that, by what it scores',
    tracks: everyTrack,
    main: withReport(
      `'{"version": 1, "stages": [], "counts": {}, "reproduction": {"videos": {"both": 4, "only_submitted": 0, "only_made": 0}, "vectors": {"submitted": 9, "made": 9, "matched": 9}, "dimensions": {"submitted": 16, "made": 16}, "cosine": {"mean": 1, "min": 1}, "length_ratio": {"min": 1, "max": 1}, "max_time_difference": 0, "worst_videos": []}}'`,
    ),
    exit: [0],
    check: ({ stdout }) => expect(stdout).toContain('main.py does not make the submitted'),
  },
  {
    name: 'block-the-report',
    tries: 'puts a folder where the report belongs, then fails',
    outcome: 'fails (1) with its exception',
    main: 'import os\nos.mkdir("/tmp/run_report.json")\nopen("/tmp/run_report.json/x", "w")\nraise ValueError("mine")\n',
    exit: [1],
    says: /The submission failed: main\.py exited with code 1: ValueError: mine/,
  },
];
