import { type Content, Html, html } from './html.ts';
import { style } from './style.ts';

/** Nothing is loaded and nothing runs, whatever might slip through the escaping. */
const policy = new Html(
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
);

/** One HTML file without scripts that needs nothing beside itself. */
export function htmlDocument(page: {
  readonly title: string;
  readonly main: Content;
  readonly footer: Content;
}): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${page.title}</title>
<link rel="icon" href="data:,">
<style>${new Html(style)}</style>
</head>
<body>
<main>
${page.main}
</main>
<footer>${page.footer}</footer>
</body>
</html>
`.text;
}
