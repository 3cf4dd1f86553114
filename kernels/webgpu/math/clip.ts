import { clip as contract } from '../../../src/ops/contracts.ts';
import { unpack, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { integerRange } from '../../../src/numeric/index.ts';
import { adapt, onlyTypes } from '../implement.ts';
import { elementOf, FLOATS, INTEGERS } from '../wgsl/element.ts';

const LARGEST: Partial<Record<DType, number>> = { float32: (2 - 2 ** -23) * 2 ** 127, float16: 65504 };

/** y = min(max(x, min), max); NaN stays. A missing bound is the type's extreme. Bounds are attributes before opset 11. */
export const clip = adapt(contract, (node) => onlyTypes(node, 0, ...FLOATS, ...INTEGERS), ({ attrs, version, inputType }, gpu) => {
  const type = inputType(0)!;
  const { scalar } = elementOf(type);
  const [least, most] = LARGEST[type] === undefined ? integerRange(type) : [-LARGEST[type], LARGEST[type]];
  const bound = (name: string, given: Tensor | undefined, otherwise: number): number => {
    if (version.since < 11) return attrs.has(name) ? Math.fround(attrs.float(name)) : otherwise;
    return given === undefined ? otherwise : unpack(given)[0];
  };
  const program = gpu.mapProgram(`Clip:${type}`, () => ({
    label: 'Clip', inputs: { x: type }, output: type, params: [`low:${scalar}`, `high:${scalar}`],
    code: `fn value(i: u32) -> ${scalar} { let x = x_at(i); let raised = select(x, p.low, x < p.low); return select(raised, p.high, raised > p.high); }`,
  }));
  return ([x, min, max]: [Tensor, Tensor?, Tensor?], ctx) =>
    [gpu.map(program, [x], gpu.output(ctx, type, x.dims), [bound('min', min, least), bound('max', max, most)])];
}, ['device', 'host', 'host']);
