/** Writes the generated pages: `npm run tables`. */
import { writeFileSync } from 'node:fs';
import { coverageTable } from './coverage.ts';

writeFileSync('docs/operators.md', coverageTable());
