/**
 * Makes the pack: conformance/pack/CASE, our own cases in the ONNX backend-test layout. Models come from our builder, values
 * from generators seeded by the case's name, expected outputs from onnxruntime-node without optimizations. Where
 * onnxruntime does not do what the specification says, the case computes the specification's outputs itself; onnxruntime's
 * stand beside them. Every case is run here as well: a difference that no case declares stops the script.
 *
 *     npm run pack [-- NAME_REGEX]     # with a pattern: these cases only, the others stay
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { InferenceSession } from '../src/main.ts';
import { ModelBuilder } from '../src/model/index.ts';
import { dtypeInfo, Tensor, type Value } from '../src/tensor/index.ts';
import { compareValues, DEFAULT_TOLERANCE, describeDifference } from '../src/tensor/compare.ts';
import { fromOrt, toOrt } from './runtimes/ort.ts';
import { elementwise } from './cases/elementwise.ts';
import { language } from './cases/language.ts';
import { linear } from './cases/linear.ts';
import { products } from './cases/products.ts';
import type { PackCase } from './cases/draw.ts';
import { writeCase, type NamedValue } from './write-case.ts';

const PACK = 'conformance/pack';

const CASES: readonly PackCase[] = [...linear, ...products, ...elementwise, ...language];

interface Made {
  readonly bytes: Uint8Array;
  readonly inputs: readonly (readonly [string, Tensor])[];
  readonly outputs: readonly string[];
}

function makeModel(test: PackCase): Made {
  const domain = test.domain ?? '';
  const b = new ModelBuilder({ opset: test.opset ?? 21, name: test.name });
  const fed = test.fed ?? [0];
  const inputs: [string, Tensor][] = [];
  const edges = test.inputs.map((tensor, i) => {
    if (tensor === undefined) return undefined;
    if (!fed.includes(i)) return b.constant(`x${i}`, tensor);
    inputs.push([`x${i}`, tensor]);
    return b.input(`x${i}`, tensor.type, tensor.dims);
  });
  const made = b.node(test.opType, edges, test.attributes ?? {}, { domain, name: 'node', outputs: test.outputs.map((_, i) => `y${i}`) });
  const outputs = made.map((edge, i) => {
    if (test.readAs === undefined) return b.output(edge, `y${i}`, { kind: 'tensor', dtype: test.outputs[i]! }).name;
    return b.output(b.node('Cast', [edge], { to: dtypeInfo(test.readAs).onnx }, { name: `read${i}` }), `read${i}`, { kind: 'tensor', dtype: test.readAs }).name;
  });
  return { bytes: b.bytes(), inputs, outputs };
}

async function runOrt({ bytes, inputs, outputs }: Made): Promise<Value[]> {
  const session = await ort.InferenceSession.create(bytes, { graphOptimizationLevel: 'disabled', intraOpNumThreads: 1, logSeverityLevel: 4 });
  try {
    const results = await session.run(Object.fromEntries(inputs.map(([name, tensor]) => [name, toOrt(ort, tensor)])));
    return outputs.map((name) => fromOrt(results[name]!));
  } finally {
    await session.release();
  }
}

async function runHere({ bytes, inputs, outputs }: Made): Promise<Value[]> {
  const session = await InferenceSession.create(bytes, { executionProviders: ['cpu'], graphOptimizationLevel: 'disabled' });
  const results = await session.run(Object.fromEntries(inputs));
  return outputs.map((name) => results[name]!);
}

/** The case's folder, or what is wrong with the case. */
async function makeCase(test: PackCase): Promise<string | undefined> {
  const model = makeModel(test);
  const tolerance = test.tolerance ?? DEFAULT_TOLERANCE;
  const differ = (expected: readonly Value[], found: readonly Value[]): string | undefined => {
    for (const [i, value] of expected.entries()) {
      const difference = compareValues(model.outputs[i]!, value, found[i], tolerance);
      if (difference !== undefined) return describeDifference(difference);
    }
    return undefined;
  };
  const { divergence } = test;
  const there = divergence?.onnxruntime === 'crashes' ? 'not run' : await runOrt(model).catch((error: unknown) => `onnxruntime: ${error instanceof Error ? error.message : String(error)}`);
  if (typeof there === 'string' && divergence?.onnxruntime !== 'refuses' && divergence?.onnxruntime !== 'crashes') return there;
  if (typeof there !== 'string' && divergence?.onnxruntime === 'refuses') return 'onnxruntime does not refuse this case';
  const expected = divergence?.expected ?? (there as Value[]);
  const wrong = differ(expected, await runHere(model));
  if (wrong !== undefined) return `here: ${wrong}`;
  const column = divergence?.onnxruntime === 'differs' ? (there as Value[]) : undefined;
  if (column !== undefined && differ(expected, column) === undefined) return 'onnxruntime does not differ from the specification';
  const named = (values: readonly Value[]): NamedValue[] => values.map((value, i) => [model.outputs[i]!, value]);
  const notes = { ...test.tolerance, ...(divergence && { divergence: divergence.reason }), ...(test.open !== undefined && { open: test.open }) };
  writeCase(join(PACK, test.name), {
    model: model.bytes, inputs: model.inputs, outputs: named(expected), ...(column && { ortOutputs: named(column) }), ...(Object.keys(notes).length > 0 && { notes }),
  });
  return undefined;
}

const twice = CASES.map((c) => c.name).filter((name, i, names) => names.indexOf(name) !== i);
if (twice.length > 0) throw new Error(`names stand twice: ${twice.join(', ')}`);
const pattern = new RegExp(process.argv[2] ?? '');
if (process.argv[2] === undefined) rmSync(PACK, { recursive: true, force: true });
let bad = 0;
for (const test of CASES.filter((c) => pattern.test(c.name))) {
  const wrong = await makeCase(test).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
  if (wrong === undefined) continue;
  bad++;
  console.log(`${test.name}: ${wrong}`);
}
console.log(`${CASES.length} cases, ${bad} not made`);
process.exitCode = bad > 0 ? 1 : 0;
