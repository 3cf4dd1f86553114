/** `nibble run --check`: nodes run again on cpu, and a case for the first that differs. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkNodes } from '../../src/cli/check.ts';
import { InferenceSession, registerProvider, Tensor } from '../../src/main.ts';
import { ModelBuilder } from '../../src/model/index.ts';
import { nibble, temporary } from './command.ts';

const dir = temporary();
const file = join(dir, 'chain.onnx');
const b = new ModelBuilder({ opset: 21 });
const x = b.input('x', 'float32', [2]);
const [relu] = b.node('Relu', [x], {}, { outputs: ['relu'] });
b.output(b.node('Neg', [b.node('Abs', [relu], {}, { outputs: ['abs'] })[0]], {}, { outputs: ['y'] })[0]);
writeFileSync(file, b.bytes());

test('a right provider has no divergence', async () => {
  const { code, out } = await nibble('run', file, '--input', 'x=[1,-2]', '--ep', 'wasm,cpu', '--level', 'disabled', '--check', '10');
  expect(code).toBe(0);
  expect(out).toMatch(/\d nodes? checked on cpu: no divergence/);
});

test('the first node that differs is written as a case', async () => {
  registerProvider({
    name: 'crooked',
    create: () => ({
      name: 'crooked', async: false, dispose() {}, supports: ({ node }) => node.opType === 'Abs' || 'not mine',
      prepare: () => ([t]) => [new Tensor('float32', Float32Array.from((t as Tensor).data as Float32Array, (v) => Math.abs(v) + 0.5), [2])],
    }),
  });
  const session = await InferenceSession.create(file, { executionProviders: ['crooked', 'cpu'], graphOptimizationLevel: 'disabled' });
  const folder = join(dir, 'case');
  const { checked, divergence } = await checkNodes(session, { x: new Tensor('float32', [1, -2], [2]) }, 3, folder);
  expect([checked, divergence?.node.opType, divergence?.provider]).toEqual([1, 'Abs', 'crooked']);
  expect(divergence!.difference).toMatchObject({ where: 'abs', expected: '1', found: '1.5' });
  expect(existsSync(join(folder, 'model.onnx'))).toBe(true);
});
