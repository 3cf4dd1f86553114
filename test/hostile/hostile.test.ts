/** Hostile files: each is refused with its code, within 100 ms (of processor time: machines are shared) and 64 MiB. */
import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { OnnxError } from '../../src/errors.ts';
import { loadModel } from '../../src/model/index.ts';
import type { HostileCase } from './case.ts';
import { GRAPH_CASES } from './graph-cases.ts';
import { TENSOR_CASES } from './tensor-cases.ts';
import { concat, len } from './wire.ts';
import { WIRE_CASES } from './wire-cases.ts';
import { encode, model, node, valueInfo } from '../model/proto.ts';

const MAX_MS = 100, MAX_BYTES = 64 * 2 ** 20;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

interface Outcome {
  readonly error: unknown;
  readonly ms: number;
  readonly bytes: number;
}

function attempt({ bytes, options }: HostileCase): Outcome {
  const memory = () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
  const before = memory();
  const began = cpu();
  let error: unknown;
  try {
    loadModel(bytes, options);
  } catch (caught) {
    error = caught;
  }
  return { error, ms: cpu() - began, bytes: memory() - before };
}

/** The better of two tries, or of a few more when the machine is busy: cost is a property of the file, noise is not. */
function cost(hostile: HostileCase): Outcome {
  let best = attempt(hostile);
  for (let i = 0; i < 5 && (i === 0 || best.ms > MAX_MS || best.bytes > MAX_BYTES); i++) {
    if (best.bytes > MAX_BYTES / 2) collect();
    const next = attempt(hostile);
    best = { error: next.error, ms: Math.min(best.ms, next.ms), bytes: Math.min(best.bytes, next.bytes) };
  }
  return best;
}

// Warm up, so that the first cases do not pay for compilation.
for (const hostile of [...GRAPH_CASES, ...TENSOR_CASES.slice(0, 50)]) attempt(hostile);

describe.each([['wire', WIRE_CASES], ['tensors', TENSOR_CASES], ['graphs', GRAPH_CASES]] as const)('%s', (_, cases) => {
  test('names are unique', () => {
    expect(new Set(cases.map((c) => c.name)).size).toBe(cases.length);
  });

  test('every file is refused with its code, and cheaply', () => {
    const wrong: string[] = [];
    for (const hostile of cases) {
      const { error, ms, bytes } = cost(hostile);
      const found = error instanceof OnnxError ? error.code : error === undefined ? 'accepted' : `uncaught ${String(error)}`;
      if (found !== hostile.code) wrong.push(`${hostile.name}: ${found} instead of ${hostile.code}: ${String(error)}`);
      else if (hostile.says !== undefined && !hostile.says.test((error as Error).message)) wrong.push(`${hostile.name}: says ${(error as Error).message}`);
      if (ms > MAX_MS) wrong.push(`${hostile.name}: ${ms.toFixed(0)} ms`);
      if (bytes > MAX_BYTES) wrong.push(`${hostile.name}: ${(bytes / 2 ** 20).toFixed(0)} MiB`);
    }
    expect(wrong).toEqual([]);
  });
});

test('there are enough of them', () => {
  expect(WIRE_CASES.length + TENSOR_CASES.length + GRAPH_CASES.length).toBeGreaterThan(900);
});

test('what is odd but allowed is accepted', () => {
  const sound = { input: [valueInfo('x', 'float32', [1])], node: [node('Neg', ['x'], ['y'])], output: [valueInfo('y')] };
  const allowed: Record<string, Uint8Array> = {
    'nodes in any order': encode(model({ ...sound, node: [node('Neg', ['t'], ['y']), node('Abs', ['x'], ['t'])] })),
    'com.microsoft without an import': encode(model({ ...sound, node: [node('FastGelu', ['x'], ['y'], [], { domain: 'com.microsoft' })] })),
    'ai.onnx by its long name': encode(model({ ...sound, node: [node('Neg', ['x'], ['y'], [], { domain: 'ai.onnx' })] }, { opsetImport: [{ domain: 'ai.onnx', version: 21 }] })),
    'an output without a type': encode(model({ ...sound, output: [{ name: 'y' }] })),
    'an input without a shape': encode(model({ ...sound, input: [valueInfo('x')] })),
    'a dimension of -1': encode(model({ ...sound, input: [valueInfo('x', 'float32', [-1])] })),
    'names of prototype members': encode(model({ input: [valueInfo('__proto__', 'float32', [1])], node: [node('Neg', ['__proto__'], ['constructor'])], output: [valueInfo('constructor')] }, { metadataProps: [{ key: '__proto__', value: 'x' }] })),
    'names that look like markup or change the direction of text': encode(model({ ...sound, node: [node('Neg', ['x'], ['<b>\u202e'], [], { name: '<script>' })], output: [valueInfo('<b>\u202e')] })),
    'a megabyte of unknown fields': concat(encode(model(sound)), len(99, new Uint8Array(2 ** 20))),
  };
  for (const [name, bytes] of Object.entries(allowed)) expect(() => loadModel(bytes), name).not.toThrow();
  const { graph, metadata } = loadModel(allowed['names of prototype members']!);
  expect([graph.inputs[0]!.name, metadata.get('__proto__')]).toEqual(['__proto__', 'x']);
  expect(Object.getPrototypeOf({})).toBe(Object.prototype);
});
