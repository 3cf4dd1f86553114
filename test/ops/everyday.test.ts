/** Everyday operators (src/ops/everyday.ts) work without what is loaded for the others. */
import { expect, test } from 'vitest';
import * as everydayAdapters from '../../kernels/wasm/everyday.ts';
import { loadAllAdapters } from '../../kernels/wasm/index.ts';
import { EVERYDAY } from '../../src/ops/everyday.ts';
import { OPS, opKey } from '../../src/ops/registry.ts';
import { type OpPattern, type Pattern } from '../../src/passes/index.ts';
import { OTHERS } from '../../src/passes/others.ts';

const KEYS = new Set(Object.values(EVERYDAY).flat().map((op) => opKey(op.domain, op.type)));

test('views are everyday: passes ask for all of them as they start', () => {
  expect([...OPS].filter(([key, op]) => op.view && !KEYS.has(key))).toEqual([]);
});

test('no everyday operator has a subgraph: it would have to be searched for others', () => {
  const kinds = [...KEYS].flatMap((key) => OPS.get(key)!.versions.flatMap((v) => [...v.attributes.values()].map((a) => a.kind)));
  expect(kinds.filter((kind) => kind.startsWith('graph'))).toEqual([]);
});

test('what wasm has for everyday operators is there from the start', async () => {
  const present = new Set(Object.values(everydayAdapters).map(({ op }) => opKey(op.domain, op.type)));
  expect([...(await loadAllAdapters()).keys()].filter((key) => KEYS.has(key) && !present.has(key))).toEqual([]);
});

/** True when a pattern can match nodes of everyday operators alone. */
function canMatch(pattern: Pattern): boolean {
  if (typeof pattern === 'string') return true;
  switch (pattern.kind) {
    case 'op': return pattern.keys.some((key) => KEYS.has(key)) && pattern.inputs.every(canMatch);
    case 'output': return canMatch(pattern.of);
    case 'either': return pattern.options.some(canMatch);
    default: return true; // an input that may be absent, a constant, or any edge
  }
}

/** Sweeps, and the operator without which they find nothing. */
const SWEEPS: Readonly<Record<string, string>> = { 'parallel-matmul-nbits-merge': 'com.microsoft.MatMulNBits' };

test.each(Object.values(OTHERS))('$name finds nothing among everyday operators', (pass) => {
  if ('pattern' in pass) expect(([pass.pattern].flat() as OpPattern[]).filter(canMatch)).toEqual([]);
  else expect(KEYS).not.toContain(SWEEPS[pass.name] ?? expect.fail('say which operator the sweep is about'));
});
