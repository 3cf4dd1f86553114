import { expect, it } from 'vitest';
import { nibbleProcess } from './command.ts';

it('the demo reads digits, continues a text, and equals onnxruntime', () => {
  const { code, out, err } = nibbleProcess('demo', '--ep', 'cpu');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toContain('digits/qdq_u8s8: 392 of 397 test images right (98.74 %)');
  expect(out).toMatch(/▒▒▓▓/);
  expect(out).toContain('global_stmt ::= "global" identifier');
  expect(out).toContain("the 48 tokens equal onnxruntime's");
  expect(out).toMatch(/^digits\/qdq_u8s8 +all +cpu: \d+ +35 -> \d+ .* yes$/m);
  expect(out.trimEnd().split('\n').at(-1)).toBe('all outputs match onnxruntime: yes');
});
