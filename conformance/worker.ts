/** A process that runs cases as the pool hands them over. Its first message names the runtime and its options. */
import type { Case } from './case.ts';
import { runCase, type CaseOptions, type CaseResult } from './run-case.ts';
import { openRuntime, type Runtime } from './runtime.ts';

export type ToWorker = { readonly runtime: string; readonly options: CaseOptions } | { readonly case: Case };
export type FromWorker = { readonly ready: true } | { readonly result: CaseResult };

let runtime: Runtime;
let options: CaseOptions;

process.on('message', async (message: ToWorker) => {
  if ('case' in message) return send({ result: await runCase(message.case, runtime, options) });
  runtime = await openRuntime(message.runtime);
  options = message.options;
  return send({ ready: true });
});
process.on('disconnect', () => process.exit());

function send(message: FromWorker): void {
  process.send!(message);
}
