import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fail } from '../../src/errors.ts';
import { registerProvider } from '../../src/main.ts';
import { decodeNpy, encodeNpy } from '../../src/cli/npy.ts';
import { decodeTensor, ModelBuilder } from '../../src/model/index.ts';
import { Tensor } from '../../src/tensor/index.ts';
import { model, nibble, temporary } from './command.ts';

const dir = temporary();
const digits = model('digits/qdq_u8s8/model.onnx');
const data = model('digits/qdq_u8s8/test_data_set_0');

/** y = (a + b) * b, with int64 `a` [n] and a string passed through. */
const small = join(dir, 'small.onnx');
{
  const b = new ModelBuilder({ opset: 21 });
  const x = b.input('a', 'int64', ['n']), z = b.input('b', 'int64', ['n']), s = b.input('s', 'string', ['n']);
  const sum = b.node('Add', [x, z], {}, { name: 'sum', outputs: ['sum'] })[0];
  b.output(b.node('Mul', [sum, z]), 'y');
  b.output(b.node('Identity', [s]), 't');
  writeFileSync(small, b.bytes());
}

describe('nibble run', () => {
  it('runs a test data set and writes .npy and .pb files equal to the expected output', async () => {
    const expected = decodeTensor(readFileSync(join(data, 'output_0.pb'))).tensor;
    const run = await nibble('run', digits, '--ep', 'cpu', '-i', data, '-o', join(dir, 'npy'));
    expect(run).toEqual({ code: 0, out: `${join(dir, 'npy', 'logits.npy')}\n`, err: '' });
    expect(decodeNpy(readFileSync(join(dir, 'npy/logits.npy')))).toEqual(expected);
    await nibble('run', digits, '--ep', 'cpu', '-i', data, '-o', join(dir, 'pb'), '--format', 'pb');
    expect(decodeTensor(readFileSync(join(dir, 'pb/logits.pb')))).toEqual({ name: 'logits', tensor: expected });
  });

  it('tells which provider is missing and runs on the next', async () => {
    registerProvider({ name: 'absent', create: () => fail('E_EP', 'there is no such device') });
    const run = await nibble('run', digits, '--ep', 'absent,cpu', '-i', data);
    expect(run.code).toBe(0);
    expect(run.err).toMatch(/^absent is not available: .*there is no such device\n$/);
    expect(run.out).toContain('logits float32[');
  });

  it('takes JSON and .npy files, and prints values of any type', async () => {
    writeFileSync(join(dir, 'b.npy'), encodeNpy(new Tensor('int64', [10n, 20n], [2])));
    writeFileSync(join(dir, 's.json'), '["x", "y z"]');
    const { code, out } = await nibble('run', small, '--ep', 'cpu', '-i', 'a=[1, 9007199254740991]', '-i', `b=${join(dir, 'b.npy')}`, '-i', `s=${join(dir, 's.json')}`);
    expect(code).toBe(0);
    expect(out).toBe('y int64[2]\n  [               110, 180143985094820220]\nt string[2]\n  [  "x", "y z"]\n');
  });

  it('fetches any tensor at every level', async () => {
    for (const level of ['disabled', 'all']) {
      const { out } = await nibble('run', small, '--ep', 'cpu', '--level', level, '-i', 'a=[1, 2]', '-i', 'b=[10, 20]', '-i', 's=["", ""]', '--fetch', 'sum', '--fetch', 'y');
      expect(out).toBe('sum int64[2]\n  [11, 22]\ny int64[2]\n  [110, 440]\n');
    }
  });

  it('draws random inputs: the same for the same seed, of the sizes asked for', async () => {
    const draw = async (...args: string[]): Promise<string> => (await nibble('run', digits, '--ep', 'cpu', ...args)).out;
    expect(await draw('--random', '1', '--dim', 'n=2')).toBe(await draw('--random', '1', '--dim', 'n=2'));
    expect(await draw('--random', '1', '--dim', 'n=2')).toContain('logits float32[2, 10]');
    expect(await draw('--random', '1')).not.toBe(await draw('--random', '2'));
  });

  it('writes a trace', async () => {
    const file = join(dir, 'trace.json');
    await nibble('run', digits, '--ep', 'cpu', '-i', data, '--profile', file);
    const trace = JSON.parse(readFileSync(file, 'utf8')) as { ph: string; cat: string; dur: number }[];
    expect(trace.filter((e) => e.cat === 'Node').length).toBeGreaterThan(4);
    expect(trace.every((e) => e.ph === 'X' && e.dur >= 0)).toBe(true);
  });

  it('says what is wrong with inputs', async () => {
    const fails = async (...args: string[]): Promise<string> => {
      const { code, err } = await nibble('run', small, '--ep', 'cpu', ...args);
      expect(code).toBe(1);
      return err;
    };
    expect(await fails()).toContain('an input is not fed; feed "a"; expected int64[n]; found nothing');
    expect(await fails('-i', 'q=[1]')).toContain('expected NAME=FILE with NAME one of a, b, s');
    expect(await fails('-i', 'a=[[1, 2], [3]]')).toContain('nested arrays of unequal lengths');
    expect(await fails('-i', 'a=missing.npy')).toContain('there is no file missing.npy');
    expect(await fails('-i', 'a=[1')).toContain('not JSON');
    expect(await fails('--random', '--fetch', 'nothing')).toContain('the model has no tensor "nothing"');
    expect(existsSync(join(dir, 'nothing'))).toBe(false);
  });
});
