/** Public suites and models that may stand beside the project (`../shared`). The project does not depend on them. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const SHARED = resolve(dirname(fileURLToPath(import.meta.url)), '../../shared');

/** The folder of public suites, or undefined where there is none. */
export function sharedSuites(): string | undefined {
  const folder = join(SHARED, 'suites');
  return existsSync(folder) ? folder : undefined;
}

/** A suite (`ort-public`) or model archive unpacked in the temporary folder; undefined where it is not to be had. */
export function sharedArchive(kind: 'suites' | 'models', name: string): string | undefined {
  const archive = join(SHARED, kind, `${name}.tar.xz`);
  if (!existsSync(archive)) return undefined;
  const target = join(tmpdir(), 'nibble-onnx-shared', name);
  if (existsSync(target)) return target;
  const partial = `${target}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  execFileSync('tar', ['-xJf', archive, '-C', partial]);
  try {
    renameSync(partial, target);
  } catch {
    // Another process was faster; its copy is as good.
  }
  return target;
}
