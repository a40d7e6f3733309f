/**
 * The page's style sheet: a narrow measure, system fonts, colours as properties with a light and a
 * dark value. Text colours keep a contrast of 4.5 to the paper, lines of a plot 3.
 */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fdfcf9; --ink: #1f1e1b; --muted: #5f5c55; --line: #e4e0d6; --wash: #f5f2ea;
  --ok: #1d6b45; --failed: #a8281e; --invalid: #8a5200;
  --full: #1d5fa8; --subset: #b0500c; --true: #0f766a; --false: #b23a5b;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Source Serif 4", "Noto Serif", Georgia, serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "Liberation Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #17181b; --ink: #e8e5de; --muted: #a6a29a; --line: #34353a; --wash: #202126;
    --ok: #6cc596; --failed: #f28b7f; --invalid: #e5b061;
    --full: #82b4ef; --subset: #f0a56a; --true: #5fc6b5; --false: #ee8ca6;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 var(--sans); overflow-wrap: anywhere;
}
main, footer { max-width: 50rem; margin: 0 auto; padding: 0 1.25rem; }
h1, h2, h3, .figures dd:first-of-type { font-family: var(--serif); font-weight: 600; line-height: 1.15; text-wrap: balance; }
h1 { font-size: clamp(2rem, 1.4rem + 3vw, 3rem); letter-spacing: -0.015em; margin: 0.25rem 0 0.5rem; }
h2 { font-size: 1.5rem; margin: 0 0 0.5rem; }
h3 { font-size: 1.0625rem; margin: 0 0 0.25rem; }
p { margin: 0 0 0.75rem; max-width: 42rem; }
a { color: var(--full); }
code, pre { font-family: var(--mono); font-size: 0.875em; }
section { margin-top: 3.5rem; }
header { padding-top: clamp(2rem, 6vw, 4.5rem); }
.failed-verdict { color: var(--failed); } .invalid-verdict { color: var(--invalid); }
header.ok h1 { color: var(--ok); } header.failed h1 { color: var(--failed); } header.invalid h1 { color: var(--invalid); }
.track { margin: 0; font-size: 0.875rem; color: var(--muted); letter-spacing: 0.01em; }
.when, .lead, .none, .note, figcaption, footer, .rule { color: var(--muted); }
.reason { font-size: 1.125rem; white-space: pre-line; }
.next, .findings { padding-left: 1.125rem; margin: 0.75rem 0; }
.findings { list-style: none; padding: 0; border-top: 1px solid var(--line); }
.findings li { padding: 0.625rem 0; border-bottom: 1px solid var(--line); }
.findings .error strong { color: var(--failed); } .findings .warning strong { color: var(--invalid); }
.rule { font-size: 0.875rem; }
.fix::before { content: "Fix: "; color: var(--muted); }

.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: 0 1.75rem; margin: 1.75rem 0 1.5rem; }
abbr { text-decoration: none; }
.figures div { display: grid; grid-row: span 3; grid-template-rows: subgrid; row-gap: 0; align-content: start; border-top: 3px solid var(--line); padding-top: 0.75rem; }
.figures .full { border-color: var(--full); } .figures .subset { border-color: var(--subset); }
.figures .over { border-color: var(--failed); } .figures .over dd { color: var(--failed); }
.figures dt { font-size: 0.875rem; color: var(--muted); }
.figures dd { margin: 0; }
.figures dd:first-of-type { font-size: 2.25rem; margin: 0.125rem 0 0.25rem; font-variant-numeric: lining-nums; letter-spacing: -0.01em; }
.figures dd:first-of-type .none { font-size: 1.5rem; }
.figures .note { font-size: 0.875rem; line-height: 1.4; padding-bottom: 1rem; }

.amounts { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: 1rem 1.75rem; margin: 0.75rem 0 1rem; }
.amounts dt { font-size: 0.875rem; color: var(--muted); }
.amounts dd { margin: 0; font-size: 1.125rem; font-variant-numeric: lining-nums tabular-nums; }

figure { margin: 0; min-width: 0; }
figcaption { display: flex; flex-wrap: wrap; gap: 0.125rem 1.25rem; font-size: 0.875rem; margin-top: 0.25rem; }
.key { display: inline-flex; align-items: center; gap: 0.375rem; color: var(--ink); white-space: nowrap; }
.plot { display: block; width: 100%; height: auto; margin: 0.5rem 0 0; font: 12px var(--sans); color: var(--muted); overflow: visible; }
.plot.wide { font-size: 13px; }
.plot text { white-space: pre; }
.plot.wide { display: none; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 2rem; }
.pair figure { max-width: 26rem; }
@media (min-width: 46rem) { .plot.wide { display: block; } .plot.narrow { display: none; } }

.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9375rem; font-variant-numeric: lining-nums tabular-nums; }
caption { text-align: left; font-size: 0.875rem; color: var(--muted); padding-bottom: 0.375rem; }
th, td { padding: 0.4375rem 0.75rem 0.4375rem 0; text-align: left; vertical-align: baseline; border-bottom: 1px solid var(--line); }
th:last-child, td:last-child { padding-right: 0; }
thead th { overflow-wrap: normal; font-size: 0.8125rem; font-weight: 500; color: var(--muted); }
tbody th { font-weight: 400; }
.number { text-align: right; }
td.number { white-space: nowrap; }
.number + .words { padding-left: 1rem; }
.number:first-child { width: 4rem; }
.words { min-width: 5.5rem; max-width: 22rem; }
.frame { display: block; width: 7.5rem; max-width: 100%; max-height: 7.5rem; object-fit: contain; object-position: left; margin-bottom: 0.25rem; border-radius: 2px; }
.time { color: var(--muted); font-size: 0.8125rem; white-space: nowrap; }
.digest { display: inline-block; max-width: 36rem; }
.lane { width: 42%; }
.timeline .failed th { color: var(--failed); font-weight: 600; }
.bar { display: block; width: 100%; height: 0.625rem; }
.bar .rail { fill: var(--wash); } .bar .run { fill: var(--full); }
.bar .mark { stroke: var(--ink); stroke-width: 2px; }
.failed .bar .run, .over .bar .run { fill: var(--failed); }
.pace .bar { height: 1.125rem; margin: 0.5rem 0 0.75rem; }
.over strong { color: var(--failed); }
.answer { font-family: var(--serif); font-size: 1.1875rem; }
.answer.reproduces { color: var(--ok); } .answer.close { color: var(--invalid); } .answer.differs { color: var(--failed); }

details { margin-top: 0.75rem; }
summary { cursor: pointer; font-size: 0.875rem; color: var(--muted); padding: 0.25rem 0; }
summary:hover { color: var(--ink); }
:focus-visible { outline: 2px solid var(--full); outline-offset: 3px; border-radius: 2px; }
/* Turned round, so that what is scrolled to at first is the end. */
.log { display: flex; flex-direction: column-reverse; max-height: 32rem; overflow: auto; background: var(--wash); border-radius: 4px; }
pre { margin: 0; padding: 1rem; line-height: 1.5; white-space: pre-wrap; }
footer { margin-top: 4rem; padding-top: 1rem; padding-bottom: 3rem; font-size: 0.875rem; }

@media (max-width: 30rem) {
  .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 1.25rem; }
  .figures dd:first-of-type { font-size: 1.875rem; }
  .timeline .lane { width: 36%; }
  .timeline .start { display: none; }
  table { font-size: 0.875rem; }
  th, td { padding-right: 0.5rem; }
}
@media print {
  :root { --paper: #fff; --ink: #000; --muted: #444; --line: #ccc; --wash: #f2f2f2; color-scheme: light; }
  body { font-size: 10pt; }
  section { margin-top: 1.5rem; }
  figure, tr, .figures div { break-inside: avoid; }
  h2, caption { break-after: avoid; }
  .log { display: block; max-height: none; }
  .table { overflow: visible; }
  svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  details::details-content { content-visibility: visible; height: auto; }
}
`;
