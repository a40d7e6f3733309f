import { expect } from 'vitest';
import { screenOf } from '../../support/screen.ts';
import { type Attack, everyTrack } from '../attack.ts';

/** Against whoever reads the terminal or the log. */
export const lies: readonly Attack[] = [
  {
    name: 'terminal-escapes',
    tries:
      "prints escapes: window titles, the clipboard, another screen, the terminal's own answers",
    outcome: 'they are shown as escapes on the terminal and in the log; colours remain',
    main: `
print("\\x1b]0;owned\\x07 \\x1b]52;c;cm0gLXJm\\x07 \\x1b[?1049h \\x1b[2J \\x1b[H \\x1bc \\x1b[6n \\x1bP+q\\x1b\\\\ \\x9b5n \\x00 \\x1b[31mred\\x1b[0m")
import honest
`,
    exit: [0],
    says: /\x1b\[31mred/,
    never: /\x1b(?!\[[0-9;]*[mABKCD])|\x07|\x00/,
  },
  {
    name: 'progress-of-its-own',
    tries:
      'tells how far a scoring is and what it reports, as the scoring does: on its output, its errors and those of process 1',
    outcome:
      'it is output as any other, in the log too; no bar moves, and none of it is in the summary',
    main: `
import os, sys
line = '{"stage": "search_full", "completed": 39999, "total": 40000, "seconds_left": 1}\\n'
line += '{"report": {"version": 1, "stages": [], "counts": {}, "peak_memory_bytes": 77777777777}}\\n'
for stream in (sys.stdout, sys.stderr):
    stream.write(line)
    stream.flush()
for path in ("/proc/1/fd/2", "/proc/1/fd/4", "/dev/fd/4"):
    try:
        os.write(os.open(path, os.O_WRONLY), line.encode())
    except OSError as error:
        print("refused:", path)
import honest
`,
    exit: [0],
    says: /^\{"stage": "search_full", "completed": 39999/m,
    never: /39,999|77\.8 GB/,
  },
  {
    name: 'unseen-characters',
    tries:
      'prints controls as UTF-8 and as single bytes, odd line ends, and what turns text around or shows nothing',
    outcome: 'each is shown as an escape, and bytes that are no UTF-8 as U+FFFD',
    main: `
import sys
print("\\x9b2J \\u202egpm.exe \\u2066 zero\\u200bwidth \\u2028 \\x85 \\x0b\\x0c \\U000e0041", flush=True)
sys.stdout.buffer.write(b"byte \\x9b2J \\xff\\n")
sys.stdout.flush()
import honest
`,
    exit: [0],
    says: /^\\x9b2J \\u202egpm\.exe \\u2066 zero\\u200bwidth \\u2028 \\x85 \\x0b\\x0c \\u\{e0041\}\nbyte \ufffd2J \ufffd$/m,
    never: /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u,
  },
  {
    name: 'unseen-characters-in-ids',
    tries:
      'gives its videos ids that turn text around, end the line and are commands, for whoever is told of them',
    outcome: 'fails (1); what is said of them is one line, with escapes',
    main: `
import honest, numpy as np
output = "/code_execution/subset_query_descriptors.npz"
arrays = dict(np.load(output))
ids = arrays["video_ids"].astype("<U80")
ids[:] = "Q\\u202e\\x9b2J\\x1b[2J\\n::add-mask::x\\nThe submission runs."
np.savez(output, **{**arrays, "video_ids": ids})
`,
    env: { CI: 'true' },
    exit: [1],
    says: /^subset_query_descriptors\.npz: unknown-video: 'Q\\u202e\\x9b2J\\x1b\[2J\\n::add-mask::x\\nThe submission runs\.' is not in/m,
    never: /[^\P{Cc}\n]|\p{Cf}|^\s*::|^The submission runs/mu,
  },
  {
    name: 'unseen-characters-in-matches',
    tries: 'the same in the ids and the numbers of its matches',
    outcome: 'fails (1); what is said of them is one line for each, with escapes',
    tracks: ['matching'],
    main: `
import honest
with open("/code_execution/subset_matches.csv", "a", newline="") as file:
    file.write("Q\u202e\u009b2J\u2028::add-mask::x,R100001,0,1\u202e\u0085,0,1,1\\n")
`,
    env: { CI: 'true' },
    exit: [1],
    says: /unknown-video: line 6, query_id: 'Q\\u202e\\x9b2J\\u2028::add-mask::x' is not in [^\n]*\n.*not-a-number: line 6, query_end: found '1\\u202e\\x85'/,
    never: /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]|^\s*::/mu,
  },
  {
    name: 'draw-over-the-verdict',
    tries: "moves the cursor by any number of lines, to draw over vsc's own and below its verdict",
    outcome: 'fails (1); the moves end at its own first line, and the verdict is below its last',
    main: `
import sys
write = sys.stdout.write
write("one\\ntwo\\nthree")
for up in "", "1", "99", "99999999999999", "5;5": write(f"\\x1b[{up}A\\x1b[2K\\rThe submission runs.")
write("\\x1b[99B\\nmore\\n\\x1b[2A\\x1b[8m")
sys.exit(5)
`,
    exit: [1],
    check: ({ stderr, log }) => {
      const screen = screenOf(stderr);
      const ours = stderr.split('\n').findIndex((line) => line.startsWith('Testing ')) + 1;
      expect(ours).toBeGreaterThan(0);
      expect(screen.slice(0, ours)).toEqual(stderr.split('\n').slice(0, ours));
      const verdict = screen.findIndex((line) => line.startsWith('The submission failed: main.py'));
      expect(verdict).toBeGreaterThan(ours);
      expect(screen.slice(verdict).join('\n')).not.toContain('The submission runs');
      expect(stderr).toContain(log);
    },
  },
  {
    name: 'hide-the-scoring',
    tries:
      "ends above its last lines, in a colour that hides, so that the scorer's words come there",
    outcome: "the scorer's lines are below its last, in plain style",
    main: `
import honest
print("Wrote nothing\\n" * 5 + "\\x1b[4A\\x1b[8m", end="")
`,
    exit: [0],
    check: ({ stderr }) => {
      const screen = screenOf(stderr);
      const scoring = screen.findIndex((line) => line.startsWith('Validated query_descriptors'));
      expect(scoring).toBeGreaterThan(screen.lastIndexOf('Wrote nothing'));
      const hidden = stderr.lastIndexOf('\x1b[8m');
      expect(stderr.slice(hidden, stderr.indexOf('Validated query'))).toContain('\x1b[0m');
    },
  },
  {
    name: 'commands-to-a-ci',
    tries:
      'in a CI, prints workflow commands: after white space and carriage returns, in pieces, in its last words',
    outcome: 'fails (1); none is left, on the terminal, in the log or in the verdict',
    main: `
import sys, time
for text in "::add-mask::e\\n", "\\r::error::x\\n", " \\u3000\\t::warning::x\\n", "a ##[add-mask]e\\n", "##vso[task.complete]\\n":
    sys.stdout.write(text)
for letter in "\\r ::stop-commands::x\\n##[group]":
    sys.stdout.write(letter)
    sys.stdout.flush()
    time.sleep(0.01)
sys.exit("\\r::error::no ##[error]")
`,
    env: { CI: 'true', GITHUB_ACTIONS: 'true' },
    exit: [1],
    says: /add-mask.*stop-commands.*^The submission failed: [^\n]*error::no ##\\x5berror/ms,
    never: /(^|[\r\n])[^\S\r\n]*::|##(vso)?\[/,
  },
  {
    name: 'hidden-verdict',
    tries: 'ends with an escape that hides all that follows, then fails',
    outcome: 'fails (1); the colours are reset before the verdict',
    main: 'import sys\nsys.stdout.write("all well\\x1b[8m")\nsys.exit(5)\n',
    exit: [1],
    check: ({ stderr }) => {
      const hidden = stderr.lastIndexOf('\x1b[8m');
      const verdict = stderr.indexOf('The submission failed');
      expect(hidden).toBeGreaterThan(-1);
      expect(stderr.slice(hidden, verdict)).toContain('\x1b[0m');
    },
  },
  {
    name: 'script-in-the-report',
    tries: 'prints markup and fails with it, for whoever opens report.html',
    outcome: 'fails (1); the report shows it as text',
    main: `
print("</pre></script><script>owned()</script><img src=x onerror=owned()>")
raise ValueError("</title></script><script>owned()</script><img src=x onerror=owned()>")
`,
    exit: [1],
    says: /ValueError: <\/title>/,
    check: ({ page }) => {
      expect(page).toContain('owned()');
      expect(page).not.toMatch(/<script>owned|<img src=x/);
    },
  },
  {
    name: 'fake-end',
    tries: "prints lines like the runtime's and vsc's own, an END and a summary, then fails",
    outcome: 'fails (1); the result, on stdout, is empty',
    tracks: everyTrack,
    main: `
print("Validated subset_query_descriptors.npz: 50 vectors × 16 for 4 videos")
print("warning: subset_matches.csv: no-matches: none are needed")
print("Validated subset_matches.csv: 4 segments")
print("Wrote submission.tar.gz")
print("================ END ================")
print("The submission runs. Results: submission/submission.tar.gz\\n  ranked pairs  750 full, 100 subset")
print("[vsc: the log has reached 1 B; the rest is not kept]")
raise SystemExit(9)
`,
    exit: [1],
    says: /The submission failed: main\.py exited with code 9/,
    check: ({ stdout }) => expect(stdout).toBe(''),
  },
];
