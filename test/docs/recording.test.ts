import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './pages.ts';

const { terminalSvg } = await import(
  new URL('../../scripts/terminal-svg.mjs', import.meta.url).href
);

const cells = (text: string, colour?: number) =>
  [...text].map((text) => ({ text, colour, bold: false }));

describe('The recording of a terminal', () => {
  const frames = [
    { seconds: 0, lines: [cells('$ vsc')] },
    { seconds: 2, lines: [cells('$ vsc'), cells('a <b> & c', 2)] },
  ];
  const svg: string = terminalSvg(frames, { columns: 20, rows: 4, title: 'A <title>' });

  it('holds every line once, as text', () => {
    expect(svg.match(/\$ vsc/g)).toHaveLength(1);
    expect(svg.match(/<use href="#l0"/g)).toHaveLength(2);
    expect(svg).toContain('a &lt;b&gt; &amp; c');
    expect(svg).toContain('<title>A &lt;title&gt;</title>');
  });

  it('shows each frame from its second on, and the last one for six more', () => {
    expect(svg).toContain('animation:play 8s step-end infinite');
    expect(svg).toContain('0%{transform:translateX(0px)}25%{transform:translateX(-196px)}');
  });

  it('stands still, at the end, for those who ask for that', () => {
    expect(svg).toContain('prefers-reduced-motion:reduce),print{.play{animation:none');
  });
});

it('docs/rehearsal.svg shows a rehearsal to its end, loads nothing and names no folder of a machine', async () => {
  const svg = await readFile(join(root, 'docs/rehearsal.svg'), 'utf8');
  expect(svg).toContain('BLOCK_INTERNET=true vsc test-submission');
  expect(svg).toContain('The submission runs.');
  expect(svg).not.toMatch(/<script|@import|url\(|(?:href|src)="(?!#)/);
  expect(svg).not.toMatch(/\/tmp\/|\/root\/|\/home\//);
});
