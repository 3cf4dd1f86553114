/** Runs many cases: in this process, or in several that a crash or a timeout takes down without the others. */
import { fork, type ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { dirname, extname, join } from 'node:path';
import type { Case } from './case.ts';
import { runCase, type CaseOptions, type CaseResult } from './run-case.ts';
import { openRuntime } from './runtime.ts';
import type { FromWorker, ToWorker } from './worker.ts';

export interface RunnerOptions extends CaseOptions {
  /** Name of the runtime under test. */
  readonly runtime?: string;
  /** Worker processes; 1 runs in this process, unless `isolated`. */
  readonly jobs?: number;
  /** Always in worker processes: for runtimes that may crash. */
  readonly isolated?: boolean;
  readonly onResult?: (result: CaseResult, done: number) => void;
}

/** Results in the order of the cases. */
export async function runCases(cases: readonly Case[], options: RunnerOptions): Promise<CaseResult[]> {
  const { runtime: name = 'nibble', jobs = 1, isolated = false, onResult, ...rest } = options;
  const { timeout = 120 } = rest;
  const caseOptions: CaseOptions = { ...rest, timeout };
  const results = new Array<CaseResult>(cases.length);
  let next = 0, done = 0;
  const finish = (at: number, result: CaseResult): void => {
    results[at] = result;
    onResult?.(result, ++done);
  };
  if (jobs <= 1 && !isolated) {
    const runtime = await openRuntime(name);
    for (const [at, test] of cases.entries()) finish(at, await runCase(test, runtime, caseOptions));
    return results;
  }
  const drain = async (): Promise<void> => {
    let worker: Worker | undefined;
    while (next < cases.length) {
      const at = next++;
      worker ??= await Worker.start(name, caseOptions);
      const result = await worker.run(cases[at]!, timeout);
      if (!worker.alive) worker = undefined;
      finish(at, result);
    }
    worker?.stop();
  };
  await Promise.all(Array.from({ length: Math.min(jobs, cases.length) }, drain));
  return results;
}

const here = fileURLToPath(import.meta.url);
const WORKER = join(dirname(here), `worker${extname(here)}`);
/** Sources run through tsx, whatever started this process. */
const EXEC_ARGV = extname(here) === '.ts' ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href] : [];

class Worker {
  alive = true;
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.child = child;
    child.on('exit', () => (this.alive = false));
  }

  static async start(runtime: string, options: CaseOptions): Promise<Worker> {
    const worker = new Worker(fork(WORKER, { execArgv: EXEC_ARGV, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }));
    const started = await worker.ask({ runtime, options }, 120);
    if (typeof started === 'string') throw new Error(`a worker process did not start: ${started}`);
    return worker;
  }

  async run(test: Case, timeout: number): Promise<CaseResult> {
    const began = performance.now();
    const answer = await this.ask({ case: test }, timeout);
    if (typeof answer === 'object' && 'result' in answer) {
      if (answer.result.failure?.kind === 'died') this.kill();
      return answer.result;
    }
    return {
      name: test.name, dir: test.dir, status: 'failed', judged: 'comparison', operators: [],
      seconds: (performance.now() - began) / 1000, failure: { kind: 'died', message: String(answer) },
    };
  }

  stop(): void {
    this.child.disconnect();
  }

  private kill(): void {
    this.alive = false;
    this.child.kill('SIGKILL');
  }

  /** The worker's answer, or what became of it instead. */
  private ask(message: ToWorker, timeout: number): Promise<FromWorker | string> {
    return new Promise((resolve) => {
      const settle = (answer: FromWorker | string): void => {
        clearTimeout(timer);
        this.child.off('message', onMessage).off('exit', onExit);
        resolve(answer);
      };
      const onMessage = (m: unknown): void => settle(m as FromWorker);
      const onExit = (code: number | null, signal: string | null): void => settle(`the process ended (${signal ?? `exit code ${code}`})`);
      const timer = setTimeout(() => {
        this.kill();
        settle(`no result after ${timeout} s`);
      }, timeout * 1000);
      this.child.once('message', onMessage).once('exit', onExit);
      this.child.send(message);
    });
  }
}
