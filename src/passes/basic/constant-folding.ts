import { OnnxError } from '../../errors.ts';
import type { Edge, Graph, Node } from '../../graph/index.ts';
import { findOp } from '../../ops/index.ts';
import { byteLength, int64, pack, sizeOf, Tensor, type Value } from '../../tensor/index.ts';
import { EXACT, refuse, type PassContext, type Patch, type Refusal, type SweepPass } from '../pass.ts';
import { isSet, QDQ_DISABLED } from '../settings.ts';
import { constantOf, dtypeOf, staticShape } from '../support/constants.ts';
import { liveNodes } from '../support/nodes.ts';

/**
 * f(c1, c2, ...) = c, computed once. A value that inference already knows (Shape of a fixed shape and what follows from it)
 * needs no computing. DequantizeLinear stays: its quantized weight is smaller, and fusions look for it.
 */
export const constantFolding: SweepPass = {
  name: 'constant-folding',
  level: 'basic',
  contract: EXACT,
  doc: 'Computes nodes whose inputs are all constant. f(c1, c2, ...) = c.',
  *sweep(graph, context) {
    const { foldBudget } = context;
    for (const node of liveNodes(graph)) {
      const result = fold(node, graph, context);
      if (result === undefined) continue;
      yield result;
      if (result.kind === 'patch') for (const [, value] of result.known ?? []) foldBudget.bytes -= bytesOf(value);
    }
  },
};

function fold(node: Node, graph: Graph, context: PassContext): Patch | Refusal | undefined {
  if (node.outputs.some((o) => o?.isOutput)) return undefined;
  const inferred = inferredContent(node, graph);
  if (inferred !== undefined) return { kind: 'patch', known: [inferred], from: [node] };
  if (!node.inputs.every((e) => e === undefined || constantOf(e) !== undefined)) return undefined;
  if (node.subgraphs().length > 0) return undefined;
  if (findOp(node.domain, node.opType)?.deterministic === false) return refuse('the operator is random', node);
  if (node.opType === 'DequantizeLinear' && !isSet(context.settings, QDQ_DISABLED)) return undefined;
  if (node.inputs.some((e) => e?.tensor?.type === 'string')) return refuse('string tensors are not folded', node);
  const limit = Math.min(context.foldLimits.nodeBytes, context.foldBudget.bytes);
  if (node.outputs.some((o) => (expectedBytes(o) ?? 0) > limit)) return refuse('the result is larger than the folding limit', node);
  const outputs = evaluate(node, context);
  if (typeof outputs === 'string') return refuse(outputs, node);
  if (outputs === undefined) return undefined;
  if (outputs.some((v) => v !== undefined && bytesOf(v) > limit)) return refuse('the result is larger than the folding limit', node);
  const known = node.outputs.flatMap((edge, i): [Edge, Value][] => (edge === undefined || outputs[i] === undefined ? [] : [[edge, outputs[i]]]));
  return { kind: 'patch', known, from: [node] };
}

// Shape arithmetic: inference has propagated the numbers already.
function inferredContent(node: Node, graph: Graph): [Edge, Tensor] | undefined {
  const edge = node.outputs[0];
  if (node.outputs.length !== 1 || edge === undefined || edge.graph !== graph) return undefined;
  const { shapeValue } = edge;
  const shape = staticShape(edge);
  if (shapeValue === undefined || shape === undefined || sizeOf(shape) !== shapeValue.length) return undefined;
  if (!shapeValue.every((d) => typeof d === 'number' && Number.isSafeInteger(d))) return undefined;
  const values = shapeValue as readonly number[];
  const dtype = dtypeOf(edge);
  if (dtype === 'int64') return [edge, int64(values, shape)];
  return dtype === 'int32' ? [edge, pack('int32', Int32Array.from(values), shape)] : undefined;
}

function evaluate(node: Node, context: PassContext): readonly (Value | undefined)[] | undefined | string {
  try {
    return context.evaluate(node, node.inputs.map((e) => e?.constant));
  } catch (error) {
    if (!(error instanceof OnnxError)) throw error;
    return `it fails: ${error.summary}`;
  }
}

function expectedBytes(edge: Edge | undefined): number | undefined {
  const dtype = dtypeOf(edge);
  const shape = staticShape(edge);
  return dtype === undefined || shape === undefined ? undefined : byteLength(dtype, sizeOf(shape));
}

const bytesOf = (value: Value): number => (value instanceof Tensor ? byteLength(value.type, value.size) : 0);
