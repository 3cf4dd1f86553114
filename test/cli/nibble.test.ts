import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { model, nibble, nibbleProcess, ROOT } from './command.ts';

const COMMANDS = ['run', 'inspect', 'optimize', 'generate', 'conform', 'demo'];

describe('nibble', () => {
  it('lists its commands', async () => {
    const { code, out } = await nibble('--help');
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(out).toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  it.each(COMMANDS)('%s has help that fits 100 columns and shows no colors when piped', async (command) => {
    const { code, out, err } = await nibble(command, '--help');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`Usage: nibble ${command}`);
    expect(out).not.toContain('\x1b');
    expect(Math.max(...out.split('\n').map((l) => l.length))).toBeLessThanOrEqual(100);
  });

  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect((await nibble('--version')).out).toBe(`${version}\n`);
  });

  it('refuses unknown commands and bad options with a hint', async () => {
    const unknown = await nibble('rnu');
    expect(unknown.code).toBe(1);
    expect(unknown.err).toContain("unknown command 'rnu'");
    const level = await nibble('run', 'm.onnx', '--level', 'high');
    expect(level.code).toBe(1);
    expect(level.err).toContain('Allowed choices are disabled, basic, extended, all');
    expect((await nibble('generate', 'dir', '--prompt', 'x', '--top-p', '2')).err).toContain('a number from 0 to 1 is expected');
  });

  it('reports an error as one line with its code, and the stack only with --debug', async () => {
    const args = ['run', model('digits/fp32/model.onnx'), '--ep', 'cpu', '-i', 'image=[[1, 2]]'];
    const plain = await nibble(...args);
    expect(plain.code).toBe(1);
    expect(plain.err).toBe('error: E_INPUT: a feed does not fit the input; feed "image"; expected float32[n, 1, 8, 8]; found float32[1, 2]\n');
    expect((await nibble('--debug', ...args)).err).toMatch(/\n\s+at /);
  });

  it('is a program with exit codes', () => {
    const good = nibbleProcess('conform', 'models/digits', '--filter', 'qop_u8u8', '--ep', 'cpu');
    expect(good).toEqual({ code: 0, out: '1 passed, 0 failed, 0 skipped\n', err: '' });
    const bad = nibbleProcess('run', 'nowhere.onnx');
    expect([bad.code, bad.out]).toEqual([1, '']);
    expect(bad.err).toMatch(/^error: /);
  });

  it('reports a file that is not there, or is no model, without calling it a bug', async () => {
    const missing = await nibble('inspect', '/nowhere/model.onnx');
    expect(missing.code).toBe(1);
    expect(missing.err).toMatch(/^error: .*\/nowhere\/model\.onnx.*\n$/);
    const wrong = await nibble('inspect', join(ROOT, 'package.json'));
    expect(wrong.code).toBe(1);
    expect(wrong.err).toMatch(/^error: E_PARSE: .*\n$/);
  });
});
