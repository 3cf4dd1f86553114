/** Writes the generated pages: `npm run tables`. */
import { writeFileSync } from 'node:fs';
import { coverageTable } from './coverage.ts';
import { passPages } from './pass-pages.ts';

writeFileSync('docs/operators.md', coverageTable());
writeFileSync('docs/passes.md', passPages());
