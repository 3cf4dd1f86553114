/** What a session loads beside its model: the kernels of nodes where they are placed, and those that folding turns out to need. */
import { expect, test } from 'vitest';
import { ModelBuilder } from '../../src/model/index.ts';
import type { ExecutionProvider } from '../../src/runtime/provider.ts';
import { EXACT, fresh, InferenceSession, newNode, op, registerProvider, replaceBy, Tensor, type PatternPass, type TrailEntry } from '../../src/main.ts';

const f32 = (...values: number[]) => new Tensor('float32', Float32Array.from(values), [values.length]);

/** Takes Neg, Sub and Mul, whose kernels are loaded one by one. */
class Parts implements ExecutionProvider {
  readonly name = 'parts';
  readonly async = false;
  readonly asked: string[] = [];
  disposed = 0;

  supports: ExecutionProvider['supports'] = ({ op: { type } }) => (['Neg', 'Sub', 'Mul'].includes(type) ? true : 'not taken');
  loaded = (operator: string): boolean => this.asked.includes(operator);

  async load(operators: ReadonlySet<string>): Promise<void> {
    for (const operator of operators) if (!this.loaded(operator)) this.asked.push(operator);
  }

  prepare: ExecutionProvider['prepare'] = ({ node }) => {
    if (!this.loaded(node.key)) throw new Error(`${node.key} is not loaded`);
    const step = { Neg: (a: number) => -a, Sub: (a: number, b: number) => a - b, Mul: (a: number, b: number) => a * b }[node.opType]!;
    return ([a, b]) => [f32(...[...(a as Tensor).data as Float32Array].map((v, i) => step(v, ((b as Tensor)?.data as Float32Array)?.[i] ?? 0)))];
  };

  dispose(): void {
    this.disposed++;
  }
}

function parts(): Parts {
  const provider = new Parts();
  registerProvider({ name: 'parts', create: () => provider });
  return provider;
}

/** y = x - c, z = relu(x) */
function model(): ModelBuilder {
  const b = new ModelBuilder({ opset: 21 });
  const x = b.input('x', 'float32', [2]);
  b.output(b.node('Sub', [x, b.constant('c', f32(1, 1))]), 'y');
  b.output(b.node('Relu', [x]), 'z');
  return b;
}

const executionProviders = ['parts', 'cpu'];

test('a provider loads the kernels of the nodes that it takes, and of no others', async () => {
  const provider = parts();
  const session = await InferenceSession.create(model().bytes(), { executionProviders });
  expect(provider.asked).toEqual(['Sub']);
  expect((await session.run({ x: f32(5, 5) })).y).toMatchObject({ data: Float32Array.of(4, 4) });
});

/** x - c = x - (-c)(-c) where c is 1, in steps that can be folded. */
const detour: PatternPass = {
  name: 'detour', level: 'basic', contract: EXACT, doc: '',
  pattern: op('Sub', 'x', 'c'),
  rewrite: (m) => {
    const [x, c] = [m.edge('x'), m.edge('c')];
    if (c.name !== 'c') return undefined;
    const negative = fresh('negative'), square = fresh('square');
    return replaceBy(newNode('Neg', [c], [negative]), newNode('Mul', [negative, negative], [square]), newNode('Sub', [x, square], [m.result]));
  },
};

test('a kernel that only folding needs is loaded, and each patch told once', async () => {
  const provider = parts();
  const told: TrailEntry[] = [];
  const session = await InferenceSession.create(model().bytes(), { executionProviders, passes: [detour], onPatch: (entry) => told.push(entry) });
  expect(provider.asked).toEqual(['Sub', 'Neg', 'Mul']);
  expect(told.map((entry) => entry.patch)).toEqual(told.map((_, i) => i + 1));
  expect(told.map((entry) => entry.pass)).toEqual(['detour', 'constant-folding', 'constant-folding']);
  expect(session.explain().nodes.map((n) => n.opType)).not.toContain('Neg');
  expect((await session.run({ x: f32(5, 5) })).y).toMatchObject({ data: Float32Array.of(4, 4) });
});

test('providers that started are disposed of when the model cannot be loaded', async () => {
  const provider = parts();
  await expect(InferenceSession.create(new Uint8Array([1, 2, 3]), { executionProviders })).rejects.toThrow('E_PARSE');
  await new Promise((resolve) => setTimeout(resolve));
  expect(provider.disposed).toBe(1);
});
