/** Cold start: a fresh process imports a runtime, creates a session of the digits network, and runs it once. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { shipped } from '../src/cli/package.ts';
import { summarize } from './measure.ts';
import type { Result } from './result.ts';

const exec = promisify(execFile);

/** The program of a process: prints the milliseconds from before the import to the first output. */
const program = (entry: string, setup: string): string => `
const model = (await import('node:fs')).readFileSync(${JSON.stringify(shipped('models', 'digits', 'qdq_u8s8', 'model.onnx'))});
const began = performance.now();
const ort = await import(${JSON.stringify(entry)});
${setup}
const session = await ort.InferenceSession.create(model);
const { logits } = await session.run({ image: new ort.Tensor('float32', new Float32Array(64).fill(0.5), [1, 1, 8, 8]) });
console.log(JSON.stringify([performance.now() - began, Array.from(logits.data)]));
process.exit(0);
`;

const RUNTIMES = [
  ['wasm', 'nibble-onnx', ''],
  ['ort-web', 'onnxruntime-web/wasm', 'ort.env.wasm.numThreads = 1;'],
  ['ort-node', 'onnxruntime-node', ''],
] as const;

/** `runs` processes of each runtime, one after another, interleaved. */
export async function measureStart(runs: number): Promise<Result> {
  const samples = new Map<string, number[]>();
  const absent: { contender: string; reason: string }[] = [];
  for (let run = 0; run <= runs; run++) {
    for (const [name, entry, setup] of RUNTIMES) {
      if (absent.some((a) => a.contender === name)) continue;
      try {
        if (name === 'wasm' && !existsSync(shipped('dist', 'node', 'nibble-onnx.js'))) throw new Error('dist/ is missing: npm run build');
        const { stdout } = await exec(process.execPath, ['--input-type=module', '-e', program(entry, setup)], { cwd: shipped() });
        if (run > 0) samples.set(name, [...(samples.get(name) ?? []), (JSON.parse(stdout.trim().split('\n').at(-1)!) as [number])[0]]); // the first one warms the disk
      } catch (error) {
        absent.push({ contender: name, reason: (error as Error).message.split('\n')[0] });
      }
    }
  }
  return {
    row: { name: START, kernel: 'cold start', shape: 'import, create, first run', types: 'digits qdq_u8s8' },
    timings: [...samples].map(([name, list]) => summarize(name, list)), absent,
  };
}

export const START = 'cold start, digits qdq_u8s8';
