import { describe, expect, test } from 'vitest';
import { InferenceSession, Tensor } from '../../src/main.ts';
import { ModelBuilder } from '../../src/model/index.ts';
import { Loans } from '../../src/runtime/loans.ts';
import { amount } from '../full.ts';

/** a = -x, b = |a| as rows of 2 (a view of a's memory is read on), c = a + a; d is a view of a value that only passes. */
function model(): Uint8Array {
  const b = new ModelBuilder({ opset: 21, irVersion: 10 });
  const x = b.input('x', 'float32', ['n']);
  const rows = b.constant('rows', new Tensor('int64', BigInt64Array.of(-1n, 2n), [2]));
  const a = b.node('Neg', [x]);
  const type = (shape: readonly (number | string | undefined)[]) => ({ kind: 'tensor', dtype: 'float32', shape }) as const;
  b.output(b.node('Abs', [b.node('Reshape', [a, rows])]), 'b', type([undefined, 2]));
  b.output(b.node('Add', [a, a]), 'c', type(['n']));
  b.output(b.node('Reshape', [b.node('Exp', [a]), rows]), 'd', type([undefined, 2]));
  return b.bytes();
}

describe('runs of more shapes than there are plans', () => {
  test('give what the scalar provider gives, and keep it', async () => {
    const [wasm, cpu] = await Promise.all([['wasm', 'cpu'], ['cpu']].map((executionProviders) => InferenceSession.create(model(), { executionProviders })));
    const shots = Array.from({ length: amount(40, 200) }, (_, i) => {
      const feeds = { x: new Tensor('float32', Float32Array.from({ length: 2 * (i + 1) }, (_e, j) => Math.sin(i + j)), [2 * (i + 1)]) };
      return { found: wasm.runSync(feeds), wanted: cpu.runSync(feeds) };
    });
    for (const { found, wanted } of shots) {
      for (const name of wasm.outputNames) {
        const [f, w] = [found[name] as Tensor, wanted[name] as Tensor];
        expect(f.dims).toEqual(w.dims);
        expect([...(f.data as Float32Array)].map((v) => v.toFixed(5))).toEqual([...(w.data as Float32Array)].map((v) => v.toFixed(5)));
        expect((f.data as Float32Array).buffer.byteLength).toBe(4 * f.size); // no memory of the provider
      }
    }
    await Promise.all([wasm.release(), cpu.release()]);
  });
});

test('blocks go back one by one, and all at the end; results leave as copies', () => {
  const memory = new ArrayBuffer(4096), out = new Set<number>();
  const loans = new Loans({
    epoch: 0, isStable: true,
    allocate: () => {
      const byteOffset = [64, 128, 192].find((at) => !out.has(at))!;
      out.add(byteOffset);
      return { buffer: memory, byteOffset };
    },
    free: (at) => void out.delete(at),
  });
  const [first, second] = [1, 2].map((v) => (loans.lend(Float32Array, 4, 16) as Float32Array).fill(v));
  expect(loans.of(first.subarray(2))!.address).toBe(64);
  expect(loans.of(new Float32Array(4))).toBeUndefined();
  loans.giveBack(loans.of(first)!);
  expect([...out]).toEqual([128]);
  const kept = new Tensor('float32', second, [4]), own = new Tensor('float32', [5], [1]);
  const [copy, again, same] = loans.end([kept, kept, own]) as Tensor[];
  expect(out.size).toBe(0);
  second.fill(0);
  expect([...(copy.data as Float32Array)]).toEqual([2, 2, 2, 2]);
  expect(again).toBe(copy);
  expect(same).toBe(own);
});
