import { fail } from '../errors.ts';
import type { Model } from './model.ts';

export function saveModel(_model: Model): Uint8Array {
  return fail('E_OP_UNSUPPORTED', 'saving is not written yet');
}
