#!/usr/bin/env node
// Only looks at the version of Node, and is bundled to syntax that even a very old one reads: there
// the user is to see a sentence, not what breaks first. All the rest is loaded after that.
import { installNode, isSupportedNode, supportedNodes } from './node-version.ts';

if (isSupportedNode(process.version)) {
  import('./start.ts');
} else {
  process.stderr.write(
    `vsc runs on Node ${supportedNodes()}; this is ${process.version}. ${installNode()}\n`,
  );
  process.exitCode = 3;
}
