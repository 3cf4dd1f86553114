import { concat as contract } from '../../../src/ops/contracts.ts';
import { joined } from '../../../src/ops/shape/division.ts';
import type { Inputs, KernelContext } from '../../../src/runtime/provider.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { adapt } from '../implement.ts';
import type { WebgpuSession } from '../runtime/session.ts';
import { bitsOf } from '../wgsl/element.ts';
import { movable } from './movable.ts';

/** Parts that one dispatch puts together: storage bindings are few. */
const AT_ONCE = 6;

/** The parts one after another in rows: part k is [outer, runs[k]], `out` [outer, sum of runs]. */
export function joinRows(gpu: WebgpuSession, parts: readonly Tensor[], runs: readonly number[], out: Tensor): Tensor {
  const bits = bitsOf(out.type)!;
  const names = parts.map((_, k) => `x${k}`);
  const program = gpu.mapProgram(`Concat:${bits}:${parts.length}`, () => ({
    label: 'Concat', inputs: Object.fromEntries(names.map((n) => [n, bits])), output: bits, params: ['width', `run[${parts.length}]`],
    code: `fn value(i: u32) -> u32 {
  let row = i / p.width;
  var at = i % p.width;
  ${names.map((n, k) => (k === names.length - 1 ? `return ${n}_at(row * p.run_${k} + at);` : `if (at < p.run_${k}) { return ${n}_at(row * p.run_${k} + at); } at -= p.run_${k};`)).join('\n  ')}
}`,
  }));
  return gpu.map(program, parts, out, [runs.reduce((a, b) => a + b, 0), ...runs]);
}

/** The tensors one after another along an axis; empty ones take no part. */
export function concatTensors(gpu: WebgpuSession, ctx: KernelContext, tensors: readonly Tensor[], axis: number): Tensor {
  const [first] = tensors;
  const { axis: at, dims } = joined(tensors, axis);
  const y = gpu.output(ctx, first.type, dims);
  const outer = sizeOf(dims.slice(0, at)), inner = sizeOf(dims.slice(at + 1));
  let parts = tensors.filter((t) => t.size > 0).map((tensor) => ({ tensor, run: tensor.dims[at] * inner, own: false }));
  if (parts.length === 0) return y;
  while (parts.length > AT_ONCE) { // groups first
    const group = parts.slice(0, AT_ONCE);
    const run = group.reduce((sum, p) => sum + p.run, 0);
    const tensor = joinRows(gpu, group.map((p) => p.tensor), group.map((p) => p.run), gpu.scratch(first.type, [outer, run]));
    for (const p of group) if (p.own) p.tensor.dispose();
    parts = [{ tensor, run, own: true }, ...parts.slice(AT_ONCE)];
  }
  joinRows(gpu, parts.map((p) => p.tensor), parts.map((p) => p.run), y);
  for (const p of parts) if (p.own) p.tensor.dispose();
  return y;
}

export const concat = adapt(contract, (node) => movable(node, 0), ({ attrs }, gpu) => {
  const axis = attrs.has('axis') ? attrs.int('axis') : 1; // opset 1 may leave it out
  return (inputs: Inputs, ctx) => [concatTensors(gpu, ctx, inputs as readonly Tensor[], axis)];
});
