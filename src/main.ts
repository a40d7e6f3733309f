#!/usr/bin/env node
// Only looks at the version of Node, and is bundled to syntax that even a very old one reads: there
// the user is to see a sentence, not what breaks first. All the rest is loaded after that.
import { loadStart } from './load.ts';
import { installNode, isSupportedNode, supportedNodes } from './node-version.ts';

/** What runs, of which the rooms take what must be there once. */
export const start = isSupportedNode(process.version)
  ? loadStart(import.meta.dirname)
  : sayWhichNode();

function sayWhichNode() {
  process.stderr.write(
    `vsc runs on Node ${supportedNodes()}; this is ${process.version}. ${installNode()}\n`,
  );
  process.exitCode = 3;
  return undefined;
}
