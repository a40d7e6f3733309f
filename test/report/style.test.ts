import { describe, expect, it } from 'vitest';
import { style } from '../../src/report/style.ts';

type Palette = Record<string, string>;

const palettes = [...style.matchAll(/:root \{([^}]*)\}/g)].map(
  ([, body = '']): Palette =>
    Object.fromEntries([...body.matchAll(/--(\w+): (#[0-9a-f]{6})/g)].map(([, k, v]) => [k, v])),
);

/** Relative luminance and contrast as WCAG 2 defines them. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string) => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

describe('the colours', () => {
  const texts = ['ink', 'muted', 'ok', 'failed', 'invalid', 'full', 'subset', 'true', 'false'];

  it.each([
    ['light', palettes[0] ?? {}],
    ['dark', palettes[1] ?? {}],
  ])('of texts and marks stand out from the paper: %s', (_, palette) => {
    for (const name of texts) {
      const ratio = contrast(palette[name] ?? '#000000', palette.paper ?? '#000000');
      expect(ratio, name).toBeGreaterThanOrEqual(4.5);
    }
  });
});
