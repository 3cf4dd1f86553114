/** Data of tensors that lies outside the model file: where it may lie, and reading it from buffers. */
import { fail } from '../errors.ts';
import type { Limits } from './limits.ts';
import { decodeMessage, type TensorProto } from './proto.ts';
import { scanMessage } from './scan.ts';
import { sha1 } from './sha1.ts';

/**
 * Reads `length` bytes (undefined: to the end) at `offset` of an external data file; `checksum` is the SHA-1 of the
 * whole file in hex, when the model gives one. Throws `E_EXTERNAL_DATA`.
 */
export interface ReadExternal {
  (location: string, offset: number, length: number | undefined, checksum: string | undefined): Uint8Array;
  /** True when the bytes are read from a file each time, and cost memory only while they are held. */
  readonly again?: boolean;
}

/** A file that the caller brings: its path, or only its last part, as the model's `location` names it. */
export interface ExternalFile {
  readonly path: string;
  readonly data: Uint8Array | ArrayBuffer;
}

/** Where the data of a tensor lies, as its `external_data` entries say. */
export interface ExternalRange {
  readonly location: string;
  readonly offset: number;
  readonly length: number | undefined;
  readonly checksum: string | undefined;
}

// `basepath` is written by old tools and means nothing; onnxruntime adds `prepacked_N` for itself.
const KEYS = /^(location|offset|length|checksum|basepath|prepacked_\d+)$/;

/** Reads the entries of a tensor. Throws `E_EXTERNAL_DATA` for unknown, repeated, missing or malformed ones. */
export function externalRange(proto: TensorProto): ExternalRange {
  const entries = new Map<string, string>();
  for (const { key, value } of proto.externalData ?? []) {
    if (!KEYS.test(key ?? '')) fail('E_EXTERNAL_DATA', `external data has no key ${JSON.stringify(key ?? '')}`, { expected: 'location, offset, length or checksum' });
    if (entries.has(key!)) fail('E_EXTERNAL_DATA', `the external data key ${JSON.stringify(key)} is given twice`);
    entries.set(key!, value ?? '');
  }
  const number = (key: string): number | undefined => {
    const text = entries.get(key);
    if (text === undefined) return undefined;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
    return Number.isSafeInteger(value) ? value : fail('E_EXTERNAL_DATA', `the external ${key} is no number of bytes`, { expected: 'an integer from 0 to 2^53 - 1', found: JSON.stringify(text) });
  };
  const location = entries.get('location') ?? fail('E_EXTERNAL_DATA', 'external data has no location');
  locationParts(location);
  return { location, offset: number('offset') ?? 0, length: number('length'), checksum: entries.get('checksum') };
}

/**
 * The parts of a location below the model's folder. Throws `E_EXTERNAL_DATA` for anything that could lead elsewhere:
 * absolute paths, drive letters, `..`, and characters that some system reads specially.
 */
export function locationParts(location: string): readonly string[] {
  const refuse = (found: string) => fail('E_EXTERNAL_DATA', `the external location ${JSON.stringify(location)} is not a plain path below the model`, {
    expected: 'a relative path without ..', found,
  });
  if (location === '') refuse('an empty path');
  if (/[\0:%]/.test(location)) refuse('a character with a meaning of its own');
  if (/^[/\\]/.test(location)) refuse('an absolute path');
  const parts = location.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) refuse('..');
  if (parts.length === 0) refuse('a folder');
  return parts;
}

/** Checks a range of a file of `size` bytes and gives its end. */
export function rangeEnd(location: string, offset: number, length: number | undefined, size: number): number {
  const end = length === undefined ? size : offset + length;
  if (offset > size || end > size) {
    fail('E_EXTERNAL_DATA', `the external file ${JSON.stringify(location)} is too short`, { expected: `at least ${Math.max(offset, end)} bytes`, found: `${size}` });
  }
  return end;
}

export function checkSha1(location: string, expected: string, found: string): void {
  if (expected.toLowerCase() !== found) {
    fail('E_EXTERNAL_DATA', `the external file ${JSON.stringify(location)} does not have the SHA-1 that the model states`, { expected, found });
  }
}

/** Reads from files in memory. A location is found by its full path, or by its last part when only one file has it. */
export function externalFromFiles(files: readonly ExternalFile[]): ReadExternal {
  const byPath = new Map<string, Uint8Array>();
  const byName = new Map<string, Uint8Array | 'ambiguous'>();
  for (const { path, data } of files) {
    const parts = path.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
    const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
    byPath.set(parts.join('/'), bytes);
    byName.set(parts.at(-1) ?? '', byName.has(parts.at(-1) ?? '') ? 'ambiguous' : bytes);
  }
  const sums = new Map<Uint8Array, string>();
  return (location, offset, length, checksum) => {
    const parts = locationParts(location);
    const found = byPath.get(parts.join('/')) ?? byName.get(parts.at(-1)!);
    if (found === undefined || found === 'ambiguous') {
      return fail('E_EXTERNAL_DATA', found === undefined ? 'no data is given for an external file' : 'several files given match an external location', {
        expected: location, found: [...byPath.keys()].slice(0, 8).join(', ') || 'no files',
      });
    }
    if (checksum !== undefined) {
      let sum = sums.get(found);
      if (sum === undefined) sums.set(found, (sum = sha1(found)));
      checkSha1(location, checksum, sum);
    }
    return found.subarray(offset, rangeEnd(location, offset, length, found.length));
  };
}

/** TensorProto.DataLocation.EXTERNAL */
export const EXTERNAL = 1;

/** The files outside that a model names. Throws what the scan before decoding throws. */
export function externalLocations(bytes: Uint8Array, limits: Limits): string[] {
  scanMessage(bytes, 'ModelProto', limits);
  const found = new Set<string>();
  const visit = (message: unknown): void => {
    if (typeof message !== 'object' || message === null || ArrayBuffer.isView(message)) return;
    if ('dataLocation' in message && message.dataLocation === EXTERNAL) found.add(externalRange(message as TensorProto).location);
    else for (const part of Object.values(message)) visit(part);
  };
  visit(decodeMessage('ModelProto', bytes));
  return [...found];
}
