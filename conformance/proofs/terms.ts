/** Bounds of rounding: how large the terms are that the elements of a value are summed from. */
import { Node, type Edge, type Graph } from '../../src/graph/index.ts';
import { dtypeInfo, pack, sizeOf, Tensor, unpack, type Value } from '../../src/tensor/index.ts';
import { evaluate } from './evaluate.ts';

/** One bound an element: at least the magnitude of the element and of each of its terms. */
export type Terms = Float64Array;

/**
 * Follows magnitudes through a graph whose values are known. Sums take those of their addends, products the product, and what
 * moves elements moves them; everything else is taken to be about as sensitive as it is large. Edges that are `given` have no
 * history: those who read them take them for exact.
 */
export function termsOf(graph: Graph, values: ReadonlyMap<Edge, Value>, given?: ReadonlySet<Edge>): Map<Edge, Terms> {
  const terms = new Map<Edge, Terms>();
  const valueOf = (edge: Edge | undefined): Tensor | undefined => {
    const value = edge && (values.get(edge) ?? edge.constant);
    return value instanceof Tensor ? value : undefined;
  };
  const of = (edge: Edge | undefined): Terms | undefined => {
    const value = valueOf(edge);
    return edge === undefined || value === undefined ? undefined : ((given?.has(edge) === true ? undefined : terms.get(edge)) ?? magnitudes(value));
  };
  const visit = (node: Node): void => {
    for (const [, branch] of node.subgraphs()) {
      branch.nodes.forEach(visit);
      branch.outputs.forEach((edge, i) => node.outputs[i] !== undefined && values.has(edge) && terms.set(node.outputs[i], of(edge)!));
    }
    const [result] = node.outputs;
    const value = valueOf(result);
    if (result === undefined || value === undefined || terms.has(result) || dtypeInfo(value.type).class !== 'float') return;
    const found = ruleOf(node)?.(node, of, valueOf);
    const own = magnitudes(value);
    if (found?.length === own.length) for (let i = 0; i < own.length; i++) if (found[i]! > own[i]!) own[i] = found[i]!;
    terms.set(result, own);
    // The sum that skip normalizations give beside their result.
    const [sum, total] = [node.outputs[3], addends(node, of, valueOf)];
    if (sum !== undefined && total !== undefined) terms.set(sum, total);
  };
  graph.nodes.forEach(visit);
  return terms;
}

/** The larger of two bounds, element by element. */
export function larger(a: Terms | undefined, b: Terms | undefined): Terms | undefined {
  return a === undefined || b === undefined || a.length !== b.length ? (a ?? b) : a.map((v, i) => Math.max(v, b[i]!));
}

/** Computed when first asked for: most values do not move at all. */
export function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function magnitudes(value: Tensor): Terms {
  const { class: cls, bits } = dtypeInfo(value.type);
  if (cls === 'string' || cls === 'complex' || bits === 64) return new Float64Array(sizeOf(value.dims));
  const values = unpack(value);
  const sizes = new Float64Array(values.length);
  for (let i = 0; i < sizes.length; i++) sizes[i] = Math.abs(values[i]!);
  return sizes;
}

type Rule = (node: Node, of: (edge: Edge | undefined) => Terms | undefined, valueOf: (edge: Edge | undefined) => Tensor | undefined) => Terms | undefined;

// The node itself on magnitudes; `signs` turns some inputs negative, `left` leaves some as they are, `out` leaves some out.
const onTerms = (signs: readonly number[] = [], left: readonly number[] = [], out: readonly number[] = []): Rule => (node, of, valueOf) => {
  // In a branch that does not run, some values are known and others are not.
  if (node.inputs.some((edge) => edge !== undefined && valueOf(edge) === undefined)) return undefined;
  const inputs = node.inputs.map((edge, i) => {
    const value = valueOf(edge);
    const own = of(edge);
    if (value === undefined || own === undefined || out.includes(i)) return undefined;
    if (left.includes(i) || dtypeInfo(value.type).class !== 'float') return value;
    return pack(value.type, Float64Array.from(own, (v) => v * (signs[i] ?? 1)), value.dims);
  });
  const [result] = evaluate(node, inputs) ?? [];
  return result instanceof Tensor ? magnitudes(result) : undefined;
};

// Elementwise and of one input: no more sensitive than `slope` of its terms.
const slope = (k: number): Rule => (node, of) => of(node.inputs[0])?.map((v) => v * k);

// A gate of x + bias.
const biased: Rule = (node, of) => {
  const [x, bias] = [of(node.inputs[0]), of(node.inputs[1])];
  return x?.map((v, i) => 1.2 * (v + (bias?.[i % bias.length] ?? 0)));
};

// The relative error of the input, times the size of the result.
const relative: Rule = (node, of, valueOf) => {
  const [x, y, own] = [valueOf(node.inputs[0]), valueOf(node.outputs[0]), of(node.inputs[0])];
  if (x === undefined || y === undefined || own === undefined) return undefined;
  const [a, b] = [magnitudes(x), magnitudes(y)];
  return own.map((v, i) => (v === 0 ? 0 : (b[i]! * v) / a[i]!));
};

// x / y: the error of y counts as often as y is smaller than its terms.
const quotient: Rule = (node, of, valueOf) => {
  const [y, terms] = [valueOf(node.inputs[1]), of(node.inputs[1])];
  if (y === undefined || terms === undefined) return undefined;
  const size = magnitudes(y);
  const divided = onTerms([], [1])(node, of, valueOf);
  if (divided === undefined) return undefined;
  let worst = 1;
  for (let i = 0; i < size.length; i++) if (size[i]! > 0) worst = Math.max(worst, terms[i]! / size[i]!);
  return divided.map((v) => v * worst);
};

const BIAS: Readonly<Record<string, number>> = { 'com.microsoft.SkipLayerNormalization': 4, 'com.microsoft.SkipSimplifiedLayerNormalization': 3 };

// Terms of what a normalization normalizes: one input, or the sum of two or three.
const addends: Rule = (node, of) => {
  const x = of(node.inputs[0]);
  const bias = BIAS[node.key];
  if (x === undefined || bias === undefined) return x;
  const others = [of(node.inputs[1]), of(node.inputs[bias])].filter((t) => t !== undefined);
  return x.map((v, i) => others.reduce((sum, t) => sum + t[i % t.length]!, v));
};

// d / sd * gamma + beta, where d = x or x - mean: errors of d, and of sd through all the d of a row.
const norm = (centered: boolean, gammaAt = 1): Rule => (node, of, valueOf) => {
  const [terms, gamma] = [addends(node, of, valueOf), of(node.inputs[gammaAt])];
  const x = valueOf(node.inputs[0]);
  if (terms === undefined || gamma === undefined || x === undefined || gamma.length !== x.dims.at(-1)) return undefined;
  const width = gamma.length;
  const values = rowsOf(node, valueOf);
  const beta = centered ? of(node.inputs[gammaAt + 1]) : undefined;
  const epsilon = node.float('epsilon', 1e-5);
  const bounds = new Float64Array(terms.length);
  for (let row = 0; row < terms.length; row += width) {
    const mean = (f: (i: number) => number): number => {
      let sum = 0;
      for (let i = row; i < row + width; i++) sum += f(i);
      return sum / width;
    };
    const middle = centered ? mean((i) => values[i]!) : 0;
    const middleTerms = centered ? mean((i) => terms[i]!) : 0;
    const power = mean((i) => (values[i]! - middle) ** 2) + epsilon;
    const spread = mean((i) => Math.abs(values[i]! - middle) * (terms[i]! + middleTerms)) / power;
    for (let i = row; i < row + width; i++) {
      const own = terms[i]! + middleTerms + Math.abs(values[i]! - middle) * spread;
      bounds[i] = (own / Math.sqrt(power)) * gamma[i - row]! + (beta?.[i - row] ?? 0);
    }
  }
  return bounds;
};

// x, or x + skip + bias.
function rowsOf(node: Node, valueOf: (edge: Edge | undefined) => Tensor | undefined): Float64Array {
  const bias = BIAS[node.key];
  const parts = (bias === undefined ? [0] : [0, 1, bias]).map((i) => valueOf(node.inputs[i])).filter((t) => t !== undefined).map((t) => unpack(t));
  return Float64Array.from(parts[0]!, (_, i) => parts.reduce((sum, part) => sum + part[i % part.length]!, 0));
}

// (q - z) * s, of terms q * s and z * s.
const dequantized: Rule = (node, of, valueOf) => {
  const [x, s, z] = [of(node.inputs[0]), valueOf(node.inputs[1]), valueOf(node.inputs[2])];
  if (x === undefined || s?.size !== 1) return undefined;
  const scale = Math.abs(unpack(s)[0]!), zero = z === undefined ? 0 : Math.abs(unpack(z)[0]!);
  return x.map((v) => (v + zero) * scale);
};

const gemm: Rule = (node, of, valueOf) => {
  const product = onTerms([], [], [2])(node, of, valueOf);
  const all = onTerms([-1])(node, of, valueOf);
  const some = onTerms()(node, of, valueOf);
  return product?.map((v, i) => v + Math.max(all?.[i] ?? 0, some?.[i] ?? 0));
};

const moves = onTerms();

// What is summed before the activation, which may level off but is nowhere steeper than 1.
const beforeActivation = (rule: Rule): Rule => ({ graph, name, opType, domain, inputs, outputs, attributes }, of, valueOf) => (
  rule(new Node(graph, { name, opType, domain, inputs, outputs, attributes: [...attributes].filter(([key]) => !key.startsWith('activation')) }), of, valueOf)
);

const RULES: Readonly<Record<string, Rule>> = {
  Add: moves, Sum: moves, Mul: moves, MatMul: moves, Conv: moves, ReduceMean: moves, ReduceSum: moves, AveragePool: moves, GlobalAveragePool: moves, Mean: moves,
  Reshape: moves, Transpose: moves, Squeeze: moves, Unsqueeze: moves, Flatten: moves, Slice: moves, Gather: moves, Concat: moves, Expand: moves, Tile: moves, Split: moves,
  Identity: moves, Cast: moves, MaxPool: moves, Max: moves, Where: onTerms([], [0]), Abs: moves, Pad: onTerms([], [1]),
  'com.microsoft.FusedMatMul': moves, 'com.microsoft.FusedConv': beforeActivation(moves), 'com.microsoft.FusedGemm': beforeActivation(gemm),
  'com.microsoft.Gelu': slope(1.2), 'com.microsoft.BiasGelu': biased, 'com.microsoft.FastGelu': biased,
  Sub: onTerms([1, -1]), BatchNormalization: onTerms([1, 1, 1, -1], [4]), Gemm: gemm, Div: quotient, Sqrt: relative, Reciprocal: relative,
  LayerNormalization: norm(true), SimplifiedLayerNormalization: norm(false), RMSNormalization: norm(false),
  'com.microsoft.SkipLayerNormalization': norm(true, 2), 'com.microsoft.SkipSimplifiedLayerNormalization': norm(false, 2),
  DequantizeLinear: dequantized,
  Pow: onTerms([], [1]),
  Neg: slope(1), Relu: slope(1), LeakyRelu: slope(1), Clip: slope(1), Tanh: slope(1), Erf: slope(1.2), Sigmoid: slope(0.25), HardSigmoid: slope(1), HardSwish: slope(1.5), Gelu: slope(1.2),
};
const ruleOf = (node: Node): Rule | undefined => RULES[node.key];
