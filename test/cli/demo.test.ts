import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { ROOT } from './command.ts';

// A process of its own: what `npm start` runs, and faster than the test runner's transformed modules.
it('the demo reads digits, continues a text, and equals onnxruntime', () => {
  const out = execFileSync(process.execPath, ['--import', 'tsx', 'src/cli/nibble.ts', 'demo', '--ep', 'cpu'], { cwd: ROOT, encoding: 'utf8' });
  expect(out).toContain('digits/qdq_u8s8: 392 of 397 test images right (98.74 %)');
  expect(out).toMatch(/▒▒▓▓/);
  expect(out).toContain('global_stmt ::= "global" identifier');
  expect(out).toContain("the 48 tokens equal onnxruntime's");
  expect(out).toMatch(/^digits\/qdq_u8s8 +all +cpu: \d+ +35 -> \d+ .* yes$/m);
  expect(out.trimEnd().split('\n').at(-1)).toBe('all outputs match onnxruntime: yes');
});
