/** Options of a session, checked before anything is loaded. */
import { fail } from './errors.ts';
import { isNode } from './host.ts';
import type { SessionOptions } from './options.ts';

/** Throws `E_INPUT` for an option that has no such value. */
export function checkOptions(options: SessionOptions): void {
  const preferred = options.preferredOutputLocation ?? 'cpu';
  for (const location of typeof preferred === 'string' ? [preferred] : Object.values(preferred)) {
    if (location !== 'cpu' && location !== 'gpu-buffer') {
      fail('E_INPUT', 'there is no such output location', {
        arg: { kind: 'option', name: 'preferredOutputLocation' }, expected: 'cpu or gpu-buffer', found: String(location),
      });
    }
  }
  const checked = typeof options.check === 'number' ? options.check : options.check?.nodes;
  if (checked !== undefined && !(Number.isSafeInteger(checked) && checked > 0)) {
    fail('E_INPUT', 'a session checks one node a run at least', { arg: { kind: 'option', name: 'check' }, expected: 'a positive integer', found: String(checked) });
  }
  const levels = ['disabled', 'basic', 'extended', 'layout', 'all'];
  const level = options.graphOptimizationLevel;
  if (level !== undefined && !levels.includes(level)) {
    fail('E_INPUT', 'there is no such optimization level', {
      arg: { kind: 'option', name: 'graphOptimizationLevel' }, expected: levels.join(', '), found: String(level),
    });
  }
  if (options.optimizedModelFilePath !== undefined && !isNode) {
    fail('E_INPUT', 'only Node writes files', { arg: { kind: 'option', name: 'optimizedModelFilePath' }, hint: 'session.save() gives the bytes' });
  }
}
