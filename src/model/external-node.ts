/** Model files and their external data on disk: the only file here that touches a file system. */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, realpathSync, statSync, type Stats } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fail, OnnxError } from '../errors.ts';
import { checkSha1, locationParts, rangeEnd, type ReadExternal } from './external.ts';
import { readImage, readRange } from './file-image.ts';
import type { Limits } from './limits.ts';
import type { LeftOut } from './tensors.ts';

export interface OpenedModel {
  /** The file, without the raw data of large initializers. */
  readonly bytes: Uint8Array;
  readonly left: LeftOut;
  readonly readExternal: ReadExternal;
}

/** Reads a model file, but for large weights: those are read when they are wanted, if the file is still the same. Throws `E_INPUT` when it cannot be read, `E_LIMIT` when it is too large. */
export function openModel(path: string, limits: Limits): OpenedModel {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(file);
    if (!stats.isFile()) fail('E_INPUT', `${path} is not a file`);
    if (stats.size > limits.fileBytes) {
      fail('E_LIMIT', 'the model file is too large', { arg: { kind: 'limit', name: 'fileBytes' }, expected: `at most ${limits.fileBytes} bytes`, found: `${stats.size}` });
    }
    const { bytes, offsets } = readImage(file, stats.size);
    return { bytes, left: { offsets, read: (offset, length) => readAgain(path, stats, offset, length) }, readExternal: externalBeside(path) };
  } catch (cause) {
    if (cause instanceof OnnxError) throw cause;
    return fail('E_INPUT', `the model ${path} cannot be read`, { found: (cause as Error).message, cause });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * Reads external data from the folder of a model, and from nowhere else: only regular files that are reached without
 * symbolic links and have no second hard link.
 */
export function externalBeside(modelPath: string): ReadExternal {
  const folder = realpathSync(dirname(resolve(modelPath)));
  const sums = new Map<string, string>();
  const read: ReadExternal = (location, offset, length, checksum) => {
    const path = join(folder, ...locationParts(location));
    const file = openContained(path, location);
    try {
      const { size } = fstatSync(file);
      const end = rangeEnd(location, offset, length, size);
      if (checksum !== undefined) {
        let sum = sums.get(path);
        if (sum === undefined) sums.set(path, (sum = fileSha1(file, size)));
        checkSha1(location, checksum, sum);
      }
      return readRange(file, offset, end);
    } finally {
      closeSync(file);
    }
  };
  return Object.assign(read, { again: true });
}

function readAgain(path: string, before: Stats, from: number, length: number): Uint8Array {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const now = fstatSync(file);
    if (now.ino !== before.ino || now.size !== before.size || now.mtimeMs !== before.mtimeMs) fail('E_INPUT', `the model ${path} has changed since it was loaded`);
    return readRange(file, from, from + length);
  } catch (cause) {
    if (cause instanceof OnnxError) throw cause;
    return fail('E_INPUT', `the model ${path} cannot be read again`, { found: (cause as Error).message, cause });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function openContained(path: string, location: string): number {
  const refuse = (found: string): never => fail('E_EXTERNAL_DATA', `the external file ${JSON.stringify(location)} is refused`, {
    expected: "a regular file in the model's folder, with one link", found,
  });
  let file: number | undefined;
  try {
    if (realpathSync(path) !== path) refuse('a symbolic link');
    requireRegular(lstatSync(path), refuse); // before opening: opening a device or pipe may have effects
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const opened = fstatSync(file), now = statSync(realpathSync(path));
    requireRegular(opened, refuse);
    if (realpathSync(path) !== path || opened.dev !== now.dev || opened.ino !== now.ino) refuse('a file that changed while it was opened');
    return file;
  } catch (cause) {
    if (file !== undefined) closeSync(file);
    if (cause instanceof OnnxError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    return fail('E_EXTERNAL_DATA', `the external file ${JSON.stringify(location)} cannot be read`, { found: code === 'ENOENT' ? 'no such file' : message, cause });
  }
}

function requireRegular(stats: Stats, refuse: (found: string) => never): void {
  if (!stats.isFile()) refuse('not a regular file');
  if (stats.nlink !== 1) refuse(`${stats.nlink} hard links`);
}

const SHA_CHUNK = 1 << 26;

function fileSha1(file: number, size: number): string {
  const hash = createHash('sha1');
  for (let at = 0; at < size; at += SHA_CHUNK) hash.update(readRange(file, at, Math.min(size, at + SHA_CHUNK)));
  return hash.digest('hex');
}
