/**
 * Any command as a runtime, `command:CMD`. It is run as
 *
 *     CMD CASE_DIR OUTPUT_DIR        (by sh; CONFORM_LEVEL holds the optimization level)
 *
 * and either writes OUTPUT_DIR/test_data_set_K/output_J.pb, which are compared here, or writes nothing and judges the case
 * itself. Exit codes: 0 done (passed, when nothing was written), 1 wrong outputs, any other: the case is refused; a signal:
 * it crashed. What it says on stderr, or else on stdout, is the reason.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadModel } from '../../src/model/index.ts';
import { readOutputs } from '../case.ts';
import { Verdict, type LoadedModel, type Runtime } from '../runtime.ts';

export function commandRuntime(command: string): Runtime {
  return {
    name: `command:${command}`,
    version: '',
    async load(modelPath, { level, timeout = 120 }): Promise<LoadedModel> {
      const dir = mkdtempSync(join(tmpdir(), 'conform-'));
      const release = async (): Promise<void> => rmSync(dir, { recursive: true, force: true });
      try {
        const { graph } = loadModel(readFileSync(modelPath));
        await runCommand(command, [dirname(modelPath), dir], { CONFORM_LEVEL: level }, timeout);
        const slots = (edges: typeof graph.inputs) => edges.map(({ name, type }) => ({ name, type }));
        const outputs = slots(graph.outputs);
        const wrote = (set: string): boolean => existsSync(join(dir, set));
        return {
          inputs: slots(graph.inputs.filter((e) => e.constant === undefined)), outputs, operators: [...new Set(graph.nodes.map((n) => n.key))],
          run: async (_, set) => (wrote(set) ? readOutputs(join(dir, set), outputs) : 'judged by the runtime'),
          release,
        };
      } catch (error) {
        await release();
        throw error;
      }
    },
  };
}

const KEPT = 2000;
/** Before the pool gives up a worker, which would leave the command running. */
const EARLY_MS = 200;

function runCommand(command: string, args: readonly string[], env: Readonly<Record<string, string>>, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    // In a group of its own, so that a timeout takes down what the command started as well.
    const child = spawn('sh', ['-c', `${command} "$@"`, 'sh', ...args], { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env: { ...process.env, ...env } });
    let out = '', err = '', late = false;
    child.stdout.on('data', (chunk: Buffer) => (out = (out + chunk.toString()).slice(-KEPT)));
    child.stderr.on('data', (chunk: Buffer) => (err = (err + chunk.toString()).slice(-KEPT)));
    const timer = setTimeout(() => {
      late = true;
      process.kill(-child.pid!, 'SIGKILL');
    }, timeout * 1000 - EARLY_MS);
    child.on('error', (error) => reject(new Verdict('refused', error.message)));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) return resolve();
      const said = (err.trim() || out.trim()) || `exit code ${code}`;
      if (late) reject(new Verdict('died', `no result after ${timeout} s`));
      else if (signal !== null || code! > 128) reject(new Verdict('died', signal === null ? said : `the command ended (${signal})`));
      else reject(new Verdict(code === 1 ? 'wrong' : 'refused', said));
    });
  });
}
