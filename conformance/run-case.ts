/** Runs one case on one runtime and judges it. */
import { join } from 'node:path';
import { OnnxError } from '../src/errors.ts';
import { dataSets, readDataSet, readNotes, type Case, type Column } from './case.ts';
import { compareValues, DEFAULT_TOLERANCE, describeDifference, type Difference, type Tolerance } from '../src/tensor/compare.ts';
import { judgeDistribution } from './distribution.ts';
import { exceptionOf, type Exception } from './exceptions.ts';
import { Verdict, type LoadedModel, type Runtime, type RuntimeOptions } from './runtime.ts';

export interface Failure {
  /** `refused`: the model did not load; `error`: a run threw; `wrong`: an output differs; `died`: crash or timeout. */
  readonly kind: 'refused' | 'error' | 'wrong' | 'died' | 'unexpected pass';
  readonly message: string;
  /** The `OnnxError` code, where there is one. */
  readonly code?: string;
  readonly dataSet?: string;
  readonly difference?: Difference;
}

/** Plain data: it travels between processes and into the JSON report. */
export interface CaseResult {
  readonly name: string;
  readonly dir: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly judged: 'comparison' | 'distribution';
  readonly operators: readonly string[];
  readonly seconds: number;
  readonly failure?: Failure;
  /** Why the case is skipped. */
  readonly reason?: string;
}

export interface CaseOptions extends RuntimeOptions {
  /** Expected values to judge by; the specification's when absent. */
  readonly column?: Column;
}

export async function runCase(
  test: Case, runtime: Runtime, options: CaseOptions, exception: Exception | undefined = exceptionOf(test.name),
): Promise<CaseResult> {
  const began = performance.now();
  const judged = exception?.distribution === undefined ? 'comparison' : 'distribution';
  let model: LoadedModel | undefined;
  let failure: Failure | undefined;
  try {
    model = await runtime.load(join(test.dir, 'model.onnx'), options);
    failure = await runDataSets(test, model, exception, options.column);
  } catch (error) {
    failure = error instanceof Verdict ? { kind: error.kind, message: error.message } : { kind: model === undefined ? 'refused' : 'error', ...describeError(error) };
  } finally {
    await model?.release();
  }
  const result = { name: test.name, dir: test.dir, judged, operators: model?.operators ?? [], seconds: (performance.now() - began) / 1000 } as const;
  if (exception?.skip) {
    if (failure !== undefined) return { ...result, status: 'skipped', reason: exception.reason };
    return { ...result, status: 'failed', failure: { kind: 'unexpected pass', message: `listed as skipped (${exception.reason}) but passes` } };
  }
  return failure === undefined ? { ...result, status: 'passed' } : { ...result, status: 'failed', failure };
}

async function runDataSets(test: Case, model: LoadedModel, exception: Exception | undefined, column: Column | undefined): Promise<Failure | undefined> {
  const tolerance = toleranceOf(test, exception);
  const sets = dataSets(test.dir);
  if (sets.length === 0) return { kind: 'error', message: 'the case has no test_data_set folder' };
  for (const set of sets) {
    const data = readDataSet(test.dir, set, model.inputs, model.outputs, column);
    const outputs = await model.run(data.inputs, set);
    if (outputs === 'judged by the runtime') continue;
    const difference = exception?.distribution === undefined
      ? firstDifference(data.outputs, outputs, tolerance)
      : judgeDistribution(exception.distribution, data, outputs);
    if (difference !== undefined) return { kind: 'wrong', message: describeDifference(difference), dataSet: set, difference };
  }
  return undefined;
}

function firstDifference(
  expected: Readonly<Record<string, Parameters<typeof compareValues>[1]>>,
  found: Readonly<Record<string, Parameters<typeof compareValues>[2]>>, tolerance: Tolerance,
): Difference | undefined {
  for (const [name, value] of Object.entries(expected)) {
    const difference = compareValues(name, value, found[name], tolerance);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** A case's own `data.json`, else its entry in `exceptions.ts`, else the default. */
function toleranceOf(test: Case, exception: Exception | undefined): Tolerance {
  const { rtol, atol } = readNotes(test.dir);
  return { ...DEFAULT_TOLERANCE, ...exception?.tolerance, ...(rtol !== undefined && { rtol }), ...(atol !== undefined && { atol }) };
}

function describeError(error: unknown): { message: string; code?: string } {
  if (error instanceof OnnxError) return { message: error.message, code: error.code };
  // Anything else is a bug in the runtime: where it was thrown helps to find it.
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const frame = error instanceof Error ? /\n\s+at (.*)/.exec(error.stack ?? '')?.[1] : undefined;
  return { message: frame === undefined ? text : `${text} (${frame.replace(process.cwd() + '/', '')})` };
}
