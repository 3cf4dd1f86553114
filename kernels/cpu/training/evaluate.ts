/** Runs single operators on tensors at hand, through the scalar kernels: the forward and backward steps of Gradient. */
import { fail } from '../../../src/errors.ts';
import { Edge, Graph, Node, type Attribute } from '../../../src/graph/index.ts';
import { bind, opKey } from '../../../src/ops/index.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import { isTensor, Tensor, type Value } from '../../../src/tensor/index.ts';
import * as conv from '../conv/index.ts';
import type { CpuKernel } from '../implement.ts';
import * as math from '../math/index.ts';
import * as norm from '../norm/index.ts';
import * as passive from '../passive/index.ts';
import * as shape from '../shape/index.ts';

const KERNELS: ReadonlyMap<string, CpuKernel> = new Map(
  (Object.values({ ...math, ...shape, ...passive, ...norm, ...conv }) as unknown[]).filter(isKernel).map((k) => [opKey(k.op.domain, k.op.type), k]),
);

function isKernel(value: unknown): value is CpuKernel {
  return typeof value === 'object' && value !== null && 'op' in value && 'prepare' in value;
}

/** All outputs of a node for these inputs. */
export function evaluateNode(node: Node, inputs: readonly (Value | undefined)[], ctx: KernelContext): readonly (Value | undefined)[] {
  const kernel = KERNELS.get(node.key) ?? fail('E_OP_UNSUPPORTED', `Gradient cannot evaluate ${node.key}`, { node: node.ref });
  const { op, version, attrs } = bind(node);
  const placed: PlacedNode = {
    node, op, version, attrs,
    constant: (i) => node.inputs[i]?.tensor,
    inputType: (i) => typeOf(inputs[i]),
    outputType: () => undefined,
    inputShape: (i) => (isTensor(inputs[i]) ? inputs[i].dims : undefined),
  };
  const outputs = kernel.prepare(placed)(inputs, {
    output: (_, dtype, dims) => ctx.scratch(dtype, dims),
    scratch: (dtype, dims) => ctx.scratch(dtype, dims),
    admit: (dtype, dims) => ctx.admit(dtype, dims),
    view: (_, input, dims) => new Tensor(input.type, input.data, dims),
    wants: (i) => node.outputs[i] !== undefined,
    runSubgraph: () => fail('E_OP_UNSUPPORTED', 'Gradient does not enter subgraphs', { node: node.ref }),
    release: (values) => ctx.release(values),
    checkAbort: () => ctx.checkAbort(),
    random: (seed) => ctx.random(seed),
  });
  return outputs instanceof Promise ? fail('E_OP_UNSUPPORTED', `Gradient cannot wait for ${node.key}`, { node: node.ref }) : outputs;
}

function typeOf(value: Value | undefined) {
  return isTensor(value) ? value.type : undefined;
}

/** The first output of a standard operator, by name. */
export type Evaluate = (opType: string, inputs: readonly Tensor[], attributes?: Readonly<Record<string, Attribute>>) => Tensor;

const OPSET = 21;

export function evaluator(ctx: KernelContext): Evaluate {
  const graph = new Graph('gradient', new Map([['', OPSET]]));
  return (opType, inputs, attributes = {}) => {
    const edges = inputs.map((t, i) => {
      const edge = new Edge(graph, `x${i}`, { kind: 'tensor', dtype: t.type, shape: t.dims });
      edge.constant = t;
      return edge;
    });
    const node = new Node(graph, { opType, inputs: edges, outputs: [new Edge(graph, 'y')], attributes: Object.entries(attributes) });
    return evaluateNode(node, inputs, ctx)[0] as Tensor;
  };
}
