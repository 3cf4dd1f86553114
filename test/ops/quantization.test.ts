/**
 * Quantized operators beside onnxruntime: integer results equal to the bit, on ties, odd zero points and tails; float sums
 * within the error of their accumulation. Inference must agree with what the kernels make.
 * NIBBLE_FUZZ_RUNS sets the number of nodes drawn for each operator.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inferGraph } from '../../src/ops/index.ts';
import { ModelBuilder } from '../../src/model/builder.ts';
import { describeType, typeOf, unpack, type Tensor } from '../../src/tensor/index.ts';
import { both, type OneNode } from '../../conformance/fuzz/beside-ort.ts';
import { CLOSE, EXACT } from '../../conformance/fuzz/quantized-nodes.ts';

const RUNS = Number(process.env['NIBBLE_FUZZ_RUNS'] ?? 20);
const SEED = Number(process.env['NIBBLE_FUZZ_SEED'] ?? 1);
const check = (node: fc.Arbitrary<OneNode>, compare: (node: OneNode, here: Tensor, there: Tensor, output: number) => void) =>
  fc.assert(fc.asyncProperty(node, async (n) => {
    const { here, there } = await both(n);
    const inferred = inferredTypes(n);
    n.outputs.forEach((_, i) => {
      compare(n, here[`y${i}`], there[`y${i}`], i);
      expect(inferred[i]).toBe(describeType(typeOf(here[`y${i}`])));
    });
  }), { numRuns: RUNS, seed: SEED });

/** Types of the outputs, from the shapes of the inputs alone. */
function inferredTypes(node: OneNode): string[] {
  const b = new ModelBuilder({ opset: node.opset ?? 21 });
  const inputs = node.inputs.map((t, i) => t && (node.constants?.includes(i) ? b.constant(`x${i}`, t) : b.input(`x${i}`, t.type, t.dims)));
  const edges = b.node(node.opType, inputs, node.attributes ?? {}, { domain: node.domain ?? '', outputs: node.outputs.length });
  inferGraph(b.graph);
  return edges.map((e) => describeType(e.type));
}

function expectSameBits(here: Tensor, there: Tensor): void {
  expect([here.type, ...here.dims]).toEqual([there.type, ...there.dims]);
  const a = here.data as Uint8Array, b = there.data as Uint8Array;
  for (let i = 0; i < b.length; i++) if (!Object.is(a[i], b[i])) expect(`element ${i}: ${a[i]}`).toBe(`element ${i}: ${b[i]}`);
}

/** The largest difference, relative to the largest magnitude or to 1. */
function distance(here: Tensor, there: Tensor): number {
  const a = unpack(here), b = unpack(there);
  let most = 0, size = 1;
  for (let i = 0; i < b.length; i++) {
    most = Math.max(most, a[i] === b[i] ? 0 : Math.abs(a[i] - b[i]));
    size = Math.max(size, Math.abs(b[i]));
  }
  return most / size;
}

describe('equal to the bit', () => {
  test.each(Object.keys(EXACT))('%s', async (op) => {
    await check(EXACT[op], (_, here, there) => expectSameBits(here, there));
  }, 600_000);
});

describe('within the error of float sums', () => {
  test.each(Object.keys(CLOSE))('%s', async (op) => {
    const [node, tolerance] = CLOSE[op];
    await check(node, (_, here, there) => {
      expect([here.type, ...here.dims]).toEqual([there.type, ...there.dims]);
      const apart = here.type === 'int32' ? (expectSameBits(here, there), 0) : distance(here, there);
      expect(apart).toBeLessThanOrEqual(here.type === 'float16' ? 1e-3 : tolerance);
    });
  }, 600_000);
});
