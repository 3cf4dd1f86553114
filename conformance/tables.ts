/** Writes the generated pages: `npm run tables`. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { coverageTable } from './coverage.ts';
import { passPages } from './pass-pages.ts';

writeFileSync('docs/operators.md', coverageTable());
const pages = passPages();
rmSync('docs/passes', { recursive: true, force: true });
mkdirSync('docs/passes');
for (const [path, text] of pages) writeFileSync(path, text);
