// The entries of the package, as package.json exports them: what a bundle is called, and the source it is made from.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const { exports } = JSON.parse(readFileSync('package.json', 'utf8'));

/** Sources by bundle: `{ 'nibble-onnx': 'src/main.ts', ... }`. `condition` is `default` (Node) or `browser`, `target` where its bundles go. */
export function entriesOf(condition, target) {
  return Object.fromEntries(Object.entries(exports).filter(([key]) => key !== './package.json').map(([key, entry]) => {
    const name = basename(entry.default, '.js');
    if (entry[condition] !== `./${target}/${name}.js`) throw new Error(`the entry ${key} is exported from ${entry[condition]} under "${condition}", not from ./${target}/${name}.js`);
    return [name, entry.types.replace('./dist/', '').replace('.d.ts', '.ts')];
  }));
}
