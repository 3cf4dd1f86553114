/** Data of tensors that lies outside the model file: where it may lie, and reading it from buffers. */
import { fail } from '../errors.ts';
import { sha1 } from './sha1.ts';

/**
 * Reads `length` bytes (undefined: to the end) at `offset` of an external data file; `checksum` is the SHA-1 of the
 * whole file in hex, when the model gives one. Throws `E_EXTERNAL_DATA`.
 */
export type ReadExternal = (location: string, offset: number, length: number | undefined, checksum: string | undefined) => Uint8Array;

/** A file that the caller brings: its path, or only its last part, as the model's `location` names it. */
export interface ExternalFile {
  readonly path: string;
  readonly data: Uint8Array | ArrayBuffer;
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
