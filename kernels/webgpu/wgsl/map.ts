/** Shaders that compute every element of an output from its index: elementwise functions, movement, windows. */
import type { DType } from '../../../src/tensor/index.ts';
import type { ProgramSpec } from '../runtime/program.ts';
import { elementOf, encoder, loader } from './element.ts';
import { FLAT, HALF } from './library.ts';

export interface MapSpec {
  readonly label: string;
  readonly inputs: Readonly<Record<string, DType>>;
  readonly output: DType;
  readonly params?: readonly string[];
  /** `fn value(i: u32) -> T`: element `i` of the output, with `x_at(j)` for element `j` of the input `x`. */
  readonly code: string;
}

export const WORKGROUP = 64;

/** The shader of a map. Its first parameter is `n`, the number of output elements. An invocation writes one word. */
export function mapProgram(spec: MapSpec): ProgramSpec {
  const inputs = Object.entries(spec.inputs);
  const out = elementOf(spec.output);
  const half = out.dtype === 'float16' || inputs.some(([, t]) => t === 'float16');
  const code = [FLAT, half ? HALF : '', ...inputs.map(([name, t]) => loader(name, t)), encoder('out', spec.output), spec.code];
  const store = out.lanes === 1 ? 'out[w] = value(w);' : `
  var word = 0u;
  for (var lane = 0u; lane < ${out.lanes}u; lane++) {
    let i = w * ${out.lanes}u + lane;
    if (i < p.n) { word |= out_bits(value(i)) << (lane * ${out.bits}u); }
  }
  out[w] = word;`;
  code.push(`
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) nwg: vec3<u32>, @builtin(local_invocation_index) lid: u32) {
  let w = flat(wid, nwg) * ${WORKGROUP}u + lid;
  if (w * ${out.lanes}u >= p.n) { return; }
  ${store}
}`);
  return {
    label: spec.label, code: code.join('\n'),
    reads: Object.fromEntries(inputs.map(([name, t]) => [name, elementOf(t).storage])),
    writes: { out: out.storage }, params: ['n', ...(spec.params ?? [])],
  };
}
