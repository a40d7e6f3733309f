import { expect } from 'vitest';
import type { Attack } from '../attack.ts';

/** Against whoever reads the terminal or the log. */
export const lies: readonly Attack[] = [
  {
    name: 'terminal-escapes',
    tries:
      "prints escapes: window titles, the clipboard, another screen, the terminal's own answers",
    outcome: 'they lose their power on the terminal and in the log; colours remain',
    main: `
print("\\x1b]0;owned\\x07 \\x1b]52;c;cm0gLXJm\\x07 \\x1b[?1049h \\x1b[2J \\x1b[H \\x1bc \\x1b[6n \\x1bP+q\\x1b\\\\ \\x9b5n \\x00 \\x1b[31mred\\x1b[0m")
import honest
`,
    exit: [0],
    says: /\x1b\[31mred/,
    never: /\x1b(?!\[[0-9;]*[mABKCD])|\x07|\x00/,
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
    main: `
print("Validated subset_query_descriptors.npz: 50 vectors × 16 for 4 videos")
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
