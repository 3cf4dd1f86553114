/** Every model of the public suites loads, and onnxruntime takes what is saved of it wherever it takes the original. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { decodeValue, loadModel, saveModel } from '../../src/model/index.ts';
import { sharedArchive } from '../shared.ts';

const SUITES = [
  { kind: 'suites', archive: 'onnx-backend-1.23.1', folders: ['node', 'simple', 'pytorch-operator', 'pytorch-converted'], cases: 2027 },
  { kind: 'suites', archive: 'ort-public', folders: ['ort-public'], cases: 228 },
  { kind: 'suites', archive: 'nets-public', folders: ['nets-public'], cases: 7 },
  { kind: 'models', archive: 'tiny-llm', folders: ['llm'], cases: 4 },
] as const;

async function takes(bytes: Uint8Array): Promise<string | undefined> {
  try {
    await (await ort.InferenceSession.create(bytes, { logSeverityLevel: 4, graphOptimizationLevel: 'disabled' })).release();
    return undefined;
  } catch (error) {
    return String(error);
  }
}

describe.each(SUITES)('$archive', ({ kind, archive, folders, cases }) => {
  const root = sharedArchive(kind, archive);

  test.skipIf(root === undefined)('models and their data decode, and what is saved is accepted', async () => {
    let loaded = 0;
    for (const folder of folders.map((f) => join(root!, f))) {
      for (const name of readdirSync(folder)) {
        const path = join(folder, name, 'model.onnx');
        if (!existsSync(path)) continue;
        const bytes = readFileSync(path);
        const model = loadModel(bytes);
        readData(join(folder, name), model.graph.inputs, 'input');
        readData(join(folder, name), model.graph.outputs, 'output');
        const saved = saveModel(model);
        expect([...loadModel(saved).graph.walk()].map((g) => g.nodes.length), name).toEqual([...model.graph.walk()].map((g) => g.nodes.length));
        if (loaded++ % 8 === 0 && (await takes(bytes)) === undefined) expect(await takes(saved), name).toBeUndefined();
      }
    }
    expect(loaded).toBe(cases);
  });
});

type Edges = ReturnType<typeof loadModel>['graph']['inputs'];

function readData(folder: string, edges: Edges, kind: 'input' | 'output'): void {
  for (const set of readdirSync(folder).filter((f) => f.startsWith('test_data_set_'))) {
    edges.forEach((edge, i) => {
      const path = join(folder, set, `${kind}_${i}.pb`);
      if (existsSync(path) && edge.type !== undefined) decodeValue(readFileSync(path), edge.type);
    });
  }
}
