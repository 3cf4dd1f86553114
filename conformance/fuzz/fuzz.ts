/**
 * Random nodes here and in onnxruntime-node: integers equal to the bit, floats within the error of their sums. A difference is
 * shrunk by fast-check and saved as a conformance case.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { encodeTensor } from '../../src/model/index.ts';
import { InferenceSession, type SessionOptions } from '../../src/main.ts';
import { dtypeInfo, unpack, type Tensor } from '../../src/tensor/index.ts';
import { oneNode, runOrt, type OneNode } from './beside-ort.ts';
import { CLOSE, EXACT } from './quantized-nodes.ts';

export interface FuzzOptions {
  /** Operators whose name matches. */
  readonly filter?: RegExp;
  /** Nodes drawn for each operator. */
  readonly runs?: number;
  /** Goes on until this many output elements of each operator were compared. */
  readonly elements?: number;
  readonly seed?: number;
  readonly session?: SessionOptions;
  /** Folder for shrunk counterexamples. */
  readonly save?: string;
  readonly onProgress?: (operator: string, elements: number) => void;
}

export interface FuzzResult {
  readonly operator: string;
  readonly nodes: number;
  readonly elements: number;
  /** Elements of integer outputs that differed, or of float outputs out of tolerance, over all nodes. */
  readonly mismatches: number;
  /** Allowed relative difference of float outputs; 0 for exact operators. */
  readonly tolerance: number;
  /** Where the shrunk counterexample was saved. */
  readonly saved?: string;
}

/** Names of the operators that can be drawn. */
export const FUZZED: readonly string[] = [...Object.keys(EXACT), ...Object.keys(CLOSE)];

export async function runFuzz(options: FuzzOptions): Promise<FuzzResult[]> {
  const results: FuzzResult[] = [];
  for (const [operator, node] of Object.entries(EXACT)) if (options.filter?.test(operator) ?? true) results.push(await fuzzOne(operator, node, 0, undefined, options));
  for (const [operator, [node, tolerance, error]] of Object.entries(CLOSE)) if (options.filter?.test(operator) ?? true) results.push(await fuzzOne(operator, node, tolerance, error, options));
  return results;
}

type SumError = ((node: OneNode) => number) | undefined;

async function fuzzOne(operator: string, node: fc.Arbitrary<OneNode>, tolerance: number, error: SumError, options: FuzzOptions): Promise<FuzzResult> {
  const session: SessionOptions = { executionProviders: ['cpu'], graphOptimizationLevel: 'disabled', ...options.session };
  let nodes = 0, elements = 0, mismatches = 0;
  let counterexample: OneNode | undefined;
  const batch = options.runs ?? 50;
  for (let seed = options.seed ?? 1; nodes < batch || elements < (options.elements ?? 0); seed++) {
    const property = fc.asyncProperty(node, async (drawn) => {
      const { wrong, compared } = await compare(drawn, tolerance, error, session);
      nodes++;
      elements += compared;
      mismatches += wrong;
      options.onProgress?.(operator, elements);
      return wrong === 0;
    });
    const details = await fc.check(property, { numRuns: batch, seed });
    if (details.failed) {
      counterexample = details.counterexample?.[0];
      break;
    }
  }
  const saved = counterexample === undefined || options.save === undefined ? undefined : await saveCase(options.save, operator, counterexample);
  return { operator, nodes, elements, mismatches, tolerance, ...(saved !== undefined && { saved }) };
}

async function compare(node: OneNode, tolerance: number, error: SumError, options: SessionOptions): Promise<{ wrong: number; compared: number }> {
  const { bytes, feeds } = oneNode(node);
  const there = await runOrt(bytes, feeds);
  const session = await InferenceSession.create(bytes, options);
  const here = (await session.run(feeds)) as Record<string, Tensor>;
  await session.release();
  let wrong = 0, compared = 0;
  for (const [name, expected] of Object.entries(there)) {
    compared += expected.size;
    wrong += differences(here[name], expected, tolerance, error?.(node) ?? 0);
  }
  return { wrong, compared };
}

function differences(found: Tensor, expected: Tensor, tolerance: number, sumError: number): number {
  if (found.type !== expected.type || found.dims.join() !== expected.dims.join()) return Math.max(1, expected.size);
  let wrong = 0;
  if (tolerance === 0 || dtypeInfo(expected.type).class !== 'float') {
    const a = found.data as ArrayLike<unknown>, b = expected.data as ArrayLike<unknown>;
    for (let i = 0; i < b.length; i++) if (!Object.is(a[i], b[i])) wrong++;
    return wrong;
  }
  const a = unpack(found), b = unpack(expected);
  let size = 1;
  for (let i = 0; i < b.length; i++) if (Number.isFinite(b[i])) size = Math.max(size, Math.abs(b[i]));
  // A float16 result is rounded once more than the sum: half a unit of its own precision comes on top.
  const allowed = Math.max(sumError, size * (expected.type === 'float16' ? Math.max(tolerance, 1e-3) : tolerance));
  for (let i = 0; i < b.length; i++) if (!(a[i] === b[i] || Math.abs(a[i] - b[i]) <= allowed || (a[i] !== a[i] && b[i] !== b[i]))) wrong++;
  return wrong;
}

/** A case folder: the node's model, its inputs, and onnxruntime's outputs. */
async function saveCase(folder: string, operator: string, node: OneNode): Promise<string> {
  const { bytes, feeds } = oneNode(node);
  const name = join(folder, `${operator.replaceAll(/\W+/g, '_')}_${Date.now()}`);
  const data = join(name, 'test_data_set_0');
  mkdirSync(data, { recursive: true });
  writeFileSync(join(name, 'model.onnx'), bytes);
  Object.entries(feeds).forEach(([n, t], i) => writeFileSync(join(data, `input_${i}.pb`), encodeTensor(t, n)));
  Object.entries(await runOrt(bytes, feeds)).forEach(([n, t], i) => writeFileSync(join(data, `output_${i}.pb`), encodeTensor(t, n)));
  return name;
}
