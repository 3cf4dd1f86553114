/** Models of everyday operators come out the same in a process that has loaded nothing for the others. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { findCases } from '../../conformance/case.ts';
import { NETWORKS } from '../../conformance/networks/index.ts';
import { drawCase } from '../../conformance/proofs/prove.ts';
import { GENERATORS } from '../../conformance/proofs/generators/index.ts';
import { EVERYDAY } from '../../src/ops/everyday.ts';
import { opKey } from '../../src/ops/registry.ts';
import { InferenceSession, OnnxError } from '../../src/main.ts';
import { loadModel, saveModel } from '../../src/model/index.ts';
import { amount } from '../full.ts';

const DRAWS = amount(3, 40);
const FOLDER = resolve('.tmp/everyday');
const KEYS = new Set(Object.values(EVERYDAY).flat().map((op) => opKey(op.domain, op.type)));

function isEveryday(bytes: Uint8Array): boolean {
  try {
    return [...loadModel(bytes).graph.walk()].every((g) => g.nodes.every((node) => KEYS.has(node.key)));
  } catch (error) {
    if (error instanceof OnnxError) return false; // cases of what is refused
    throw error;
  }
}

function* models(): Iterable<Uint8Array> {
  for (const { dir } of findCases(['conformance/pack', 'models/digits'])) yield readFileSync(join(dir, 'model.onnx'));
  for (const network of NETWORKS) yield saveModel(network().model);
  for (const generator of Object.values(GENERATORS)) {
    for (let seed = 1; seed <= DRAWS; seed++) {
      const drawn = drawCase(generator, seed);
      if ('model' in drawn) yield saveModel(drawn.model);
    }
  }
}

/** What a session says of each model of a list. Runs here, and as text in a process of its own. */
async function explainAll(create: (path: string) => Promise<InferenceSession>, paths: readonly string[]): Promise<string[]> {
  const told: string[] = [];
  for (const path of paths) {
    try {
      const { nodes, passes } = (await create(path)).explain();
      told.push(JSON.stringify({ nodes, passes }));
    } catch (error) {
      told.push(String(error));
    }
  }
  return told;
}

test('passes, placement and nodes', async () => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const paths: string[] = [];
  for (const bytes of models()) {
    if (!isEveryday(bytes)) continue;
    const path = join(FOLDER, `${paths.length}.onnx`);
    writeFileSync(path, bytes);
    paths.push(path);
  }
  expect(paths.length).toBeGreaterThan(100);
  const list = join(FOLDER, 'paths.json');
  writeFileSync(list, JSON.stringify(paths));
  const program = `
    const { readFileSync } = await import('node:fs');
    const { InferenceSession } = await import('nibble-onnx');
    ${explainAll.toString()}
    console.log(JSON.stringify(await explainAll((path) => InferenceSession.create(path), JSON.parse(readFileSync(${JSON.stringify(list)}, 'utf8')))));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { maxBuffer: 2 ** 28 });
  const theirs = JSON.parse(stdout) as string[];
  const ours = await explainAll((path) => InferenceSession.create(path), paths);
  for (const [i, path] of paths.entries()) expect(theirs[i], path).toBe(ours[i]);
  rmSync(FOLDER, { recursive: true });
});

/** In a fresh process: sessions of the models at once, begun `k` turns of the promise queue after each other, and then again. */
async function beside(create: (path: string) => Promise<InferenceSession>, paths: readonly string[], k: number): Promise<boolean> {
  const told = async (path: string, turns: number): Promise<string> => {
    for (let i = 0; i < turns; i++) await undefined;
    const { nodes, passes } = (await create(path)).explain();
    return JSON.stringify({ nodes, passes });
  };
  const atOnce = await Promise.all(paths.map((path, i) => told(path, k * i)));
  for (const [i, path] of paths.entries()) if (await told(path, 0) !== atOnce[i]) return false;
  return true;
}

test.each([0, 2, 9])('beside a model of other operators, %i turns later', async (k) => {
  const everyday = resolve('models/digits/qdq_u8s8/model.onnx'), other = resolve('conformance/pack/matmul_nbits_2_bias/model.onnx');
  for (const paths of [[everyday, other], [other, everyday]]) {
    const program = `
      const { InferenceSession } = await import('nibble-onnx');
      ${beside.toString()}
      console.log(await beside((path) => InferenceSession.create(path), ${JSON.stringify(paths)}, ${k}));
      process.exit(0);`;
    expect((await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])).stdout.trim()).toBe('true');
  }
});
