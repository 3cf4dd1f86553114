/** Nodes of a model's main graph after optimization, ours and onnxruntime's, by operator. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ort from 'onnxruntime-node';
import { onnx } from '../proto/onnx.js';
import { InferenceSession } from '../src/main.ts';

export const COUNTED_LEVELS = ['basic', 'extended', 'all'] as const;
export type CountedLevel = (typeof COUNTED_LEVELS)[number];
export type Counts = ReadonlyMap<string, number>;

function count(types: Iterable<string>): Counts {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

/** After our level, for the cpu provider. */
export async function ours(model: Uint8Array, level: CountedLevel): Promise<Counts> {
  const session = await InferenceSession.create(model, { graphOptimizationLevel: level, executionProviders: ['cpu'] });
  const counts = count(session.model.graph.nodes.map((n) => n.opType));
  await session.release();
  return counts;
}

/** In the graph that onnxruntime-node saves as `optimizedModelFilePath`, for its CPU provider. */
export async function theirs(model: Uint8Array, level: CountedLevel): Promise<Counts> {
  const scratch = mkdtempSync(join(tmpdir(), 'nibble-counts-'));
  try {
    const file = join(scratch, 'optimized.onnx');
    const session = await ort.InferenceSession.create(model, { graphOptimizationLevel: level, optimizedModelFilePath: file, logSeverityLevel: 3 });
    await session.release();
    return count(readTypes(readFileSync(file)));
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

const readTypes = (bytes: Uint8Array): string[] => onnx.ModelProto.decode(bytes).graph!.node!.map((n) => n.opType!);

export const total = (counts: Counts): number => [...counts.values()].reduce((sum, n) => sum + n, 0);
