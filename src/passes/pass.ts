/** What a pass is: a pattern and a rewrite, both data in and data out, or a sweep over the graph. */
import type { Attribute, Edge, Graph, Node } from '../graph/index.ts';
import type { Tensor, Value, ValueType } from '../tensor/index.ts';
import type { Match, OpPattern } from './pattern.ts';
import type { Setting, Settings } from './settings.ts';

/**
 * `basic`: standard operators only. `extended`: fusions into quantized and com.microsoft operators. `all`: layout and
 * what trades memory for time. Each level includes those before it.
 */
export type Level = 'basic' | 'extended' | 'all';

/**
 * How far results may move on the cpu provider.
 * - `exact`: the same bits.
 * - `ulp n`: at most n units in the last place of what the magnitudes of an element's terms sum up to; 0 means equal as
 *   numbers, where the sign of a zero may change.
 * - `lsb 1`: a quantized result may move by one step, where the exact value lies next to a rounding tie.
 * - `changes`: the model computes something else, close to what it did. Such passes run only where they are asked for.
 */
export type Contract =
  | { readonly kind: 'exact' } | { readonly kind: 'ulp'; readonly n: number } | { readonly kind: 'lsb'; readonly n: 1 } | { readonly kind: 'changes' };

export const EXACT: Contract = { kind: 'exact' };
export const ulp = (n: number): Contract => ({ kind: 'ulp', n });
export const LSB: Contract = { kind: 'lsb', n: 1 };
export const CHANGES: Contract = { kind: 'changes' };

interface PassInfo {
  /** kebab-case; onnxruntime's name for the same pass where it has one, so that `disable` takes either spelling. */
  readonly name: string;
  readonly level: Level;
  readonly contract: Contract;
  /** One sentence, then the algebra. */
  readonly doc: string;
  /** The session entry and value without which the pass does not run: it has to be asked for. */
  readonly when?: Setting;
  /** Session entries and values that turn the pass off. */
  readonly unless?: readonly Setting[];
}

/** Rewrites every place that matches. `rewrite` changes nothing: it returns what to change, or why it will not. */
export interface PatternPass extends PassInfo {
  readonly pattern: OpPattern | readonly OpPattern[];
  /** `undefined` means that this is not the shape meant after all: nothing is recorded. */
  rewrite(match: Match, context: PassContext): Patch | Refusal | undefined;
}

/** Looks at a whole graph. Each patch is applied before the sweep goes on. */
export interface SweepPass extends PassInfo {
  sweep(graph: Graph, context: PassContext): Iterable<Patch | Refusal>;
}

export type Pass = PatternPass | SweepPass;

/** Evaluates a node on constants; undefined when it cannot be done now. */
export type Evaluate = (node: Node, inputs: readonly (Value | undefined)[]) => readonly (Value | undefined)[] | undefined;

export interface PassContext {
  readonly graph: Graph;
  readonly settings: Settings;
  readonly evaluate: Evaluate;
  readonly foldLimits: FoldLimits;
  /** What is left of `foldLimits.totalBytes`. */
  readonly foldBudget: { bytes: number };
  /** False when the caller wants the same bits: options that make a pass inexact are then refused. */
  readonly allowInexact: boolean;
  /** Sizes the caller gives to dimensions of the inputs that the model only names. */
  readonly freeDimensions: Readonly<Record<string, number>>;
  /** True when the provider that runs a node would rather have its image with the channels last. */
  readonly prefersChannelsLast: (node: Node) => boolean;
}

export interface FoldLimits {
  /** Bytes of one folded result. */
  readonly nodeBytes: number;
  /** Bytes of all folded results together. */
  readonly totalBytes: number;
}

/** A value that a patch brings into the graph: the result of one of its nodes, or a constant. */
export interface NewEdge {
  readonly kind: 'new';
  /** Its name is derived from this. */
  readonly hint: string;
  readonly constant: Tensor | undefined;
}

/** A plain attribute value; its kind (int or float...) comes from the operator's contract. */
export type AttributeValue = number | string | readonly number[] | readonly string[] | Attribute;

export interface NewNode {
  readonly opType: string;
  readonly domain: string;
  readonly inputs: readonly (Edge | NewEdge | undefined)[];
  /** An edge of the graph is taken over from the node that made it, and so keeps its name. */
  readonly outputs: readonly (Edge | NewEdge | undefined)[];
  readonly attributes: Readonly<Record<string, AttributeValue | undefined>>;
}

/** A change to a graph, as data. Nodes whose outputs nobody reads any more go by themselves. */
export interface Patch {
  readonly kind: 'patch';
  readonly add?: readonly NewNode[];
  /** `gone` holds the same values as `stays`: its readers move over, its name becomes an alias. */
  readonly same?: readonly (readonly [gone: Edge, stays: Edge])[];
  /** The content of these edges is known from now on. */
  readonly known?: readonly (readonly [Edge, Value])[];
  /** More is known of these edges' types, and so of all that follows from them. */
  readonly typed?: readonly (readonly [Edge, ValueType])[];
  /** Nodes the change is about; a pattern's matched nodes by default. */
  readonly from?: readonly Node[];
}

export interface Refusal {
  readonly kind: 'refusal';
  readonly reason: string;
  readonly node: Node | undefined;
}

export const refuse = (reason: string, node?: Node): Refusal => ({ kind: 'refusal', reason, node });

/** A patch that adds nodes. They take over edges of the nodes they replace. */
export const replaceBy = (...add: readonly NewNode[]): Patch => ({ kind: 'patch', add });

/** A patch that lets readers of `gone` read `stays`. */
export const sameAs = (gone: Edge, stays: Edge): Patch => ({ kind: 'patch', same: [[gone, stays]] });

export const fresh = (hint: string): NewEdge => ({ kind: 'new', hint, constant: undefined });

export const newConstant = (hint: string, tensor: Tensor): NewEdge => ({ kind: 'new', hint, constant: tensor });

/** A node of ai.onnx, or of the domain before the last dot: `'com.microsoft.QGemm'`. */
export function newNode(
  key: string, inputs: NewNode['inputs'], outputs: NewNode['outputs'], attributes: NewNode['attributes'] = {},
): NewNode {
  const dot = key.lastIndexOf('.');
  return { opType: key.slice(dot + 1), domain: dot < 0 ? '' : key.slice(0, dot), inputs, outputs, attributes };
}
