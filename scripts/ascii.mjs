// One character beyond Latin-1 makes engines keep a whole script in two bytes a character, and read it slower: such characters are escaped.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Rewrites the chunks of a bundle in `folder`. */
export function escapeChunks(folder, output) {
  for (const { type, fileName } of output) {
    if (type !== 'chunk') continue;
    const file = join(folder, fileName);
    const code = readFileSync(file, 'utf8');
    const plain = code.replaceAll(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
    if (plain !== code) writeFileSync(file, plain);
  }
}
