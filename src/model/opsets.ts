import { fail } from '../errors.ts';
import { has, toNumber, type ModelProto } from './proto.ts';

/** Opset imports as a map; '' and 'ai.onnx' are one domain. Throws `E_MODEL` for repeated or bad ones. */
export function opsetMap(imports: ModelProto['opsetImport'], what: string): Map<string, number> {
  const opsets = new Map<string, number>();
  for (const entry of imports ?? []) {
    const domain = entry.domain === 'ai.onnx' ? '' : (entry.domain ?? '');
    const version = toNumber(entry.version);
    if (opsets.has(domain)) fail('E_MODEL', `${what} imports the domain ${JSON.stringify(domain || 'ai.onnx')} twice`);
    if (!(version >= 1 && version <= 0x7fffffff)) {
      fail('E_MODEL', `${what} imports a bad opset version of ${domain || 'ai.onnx'}`, { expected: '1 or above', found: has(entry, 'version') ? String(version) : 'none' });
    }
    opsets.set(domain, version);
  }
  return opsets;
}
