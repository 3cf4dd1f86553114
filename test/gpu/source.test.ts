/** gpu.js reads functions as text: each must name nothing that is not handed over with it. */
import { describe, expect, test } from 'vitest';
import * as functions from '../../kernels/gpu/functions/index.ts';
import { binary, unary } from '../../kernels/gpu/functions/index.ts';
import { calledTexts, sourceText, type KernelSource } from '../../kernels/gpu/source.ts';

const isSource = (value: unknown): value is KernelSource => typeof value === 'object' && value !== null && 'main' in value;
const SOURCES: readonly KernelSource[] = [...Object.values(functions).filter(isSource), binary('add'), unary('gelu')];

/** Names that a text calls, without those of objects and of the language. */
const calls = (text: string): string[] => [...text.matchAll(/(?<![.\w])(\w+)\(/g)].map(([, name]) => name).filter((name) => !['if', 'for', 'while', 'function'].includes(name));
const nameOf = (text: string): string => /^function (\w+)/.exec(text)![1];

describe('kernels of gpu.js', () => {
  test.each(SOURCES.map((s) => [s.name, s] as const))('%s is given all that it calls', (_, source) => {
    const given = calledTexts(source);
    const names = new Set(['main', ...given.map(nameOf)]);
    for (const text of [sourceText('main', source.main), ...given]) for (const name of calls(text)) expect(names, text).toContain(name);
  });

  test('helpers go by the name that a bundler gave them', () => {
    const renamed = { half2: (x: number): number => x / 2 }.half2;
    const source: KernelSource = { name: 'renamed', main: () => 0, helpers: [renamed], functions: { apply: renamed } };
    expect(calledTexts(source).map(nameOf)).toEqual(['half2', 'apply']);
  });
});
