/** Runs the `nibble` command: in this process, its output caught as a pipe would, or in one of its own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { main } from '../../src/cli/main.ts';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

export const model = (...path: string[]): string => join(ROOT, 'models', ...path);

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export async function nibble(...args: string[]): Promise<Outcome> {
  const [stdout, stderr] = [caught(process.stdout), caught(process.stderr)];
  try {
    const code = await main(args);
    return { code, out: stdout.text(), err: stderr.text() };
  } finally {
    stdout.release();
    stderr.release();
    process.exitCode = undefined;
  }
}

/**
 * As a program of its own. Long computations belong here: the test runner rewrites imports, which makes kernels many
 * times slower.
 */
export function nibbleProcess(...args: string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'src/cli/nibble.ts', ...args], { cwd: ROOT, encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

function caught(stream: NodeJS.WriteStream): { text(): string; release(): void } {
  const { write, isTTY } = stream;
  let text = '';
  stream.isTTY = false;
  stream.write = ((chunk: string | Uint8Array) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    return true;
  }) as typeof write;
  return {
    text: () => text,
    release: () => {
      stream.write = write;
      stream.isTTY = isTTY;
    },
  };
}

/** A folder that goes away after the tests of a file. */
export function temporary(): string {
  const dir = mkdtempSync(join(tmpdir(), 'nibble-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
