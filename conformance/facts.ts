/** What a case is about, read from its folder: operator, element types, and its model and inputs as text. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Attribute, Edge, Graph, Node } from '../src/graph/index.ts';
import { loadModel } from '../src/model/index.ts';
import { describeShape, describeType, dtypeInfo, Tensor, typeOf, unpack, type Value, type ValueType } from '../src/tensor/index.ts';
import { dataSets, readDataSet, readNotes, type Case } from './case.ts';
import { showElement } from '../src/tensor/compare.ts';

export interface CaseFacts {
  /** The operator under test, `domain.Type` without prefix for ai.onnx; `several` for a graph of more than one, Cast aside. */
  readonly operator: string;
  /** Element types of inputs and outputs. */
  readonly types: readonly string[];
  /** Why specification and onnxruntime differ here, or what the specification leaves open. */
  readonly note?: string;
}

export const SEVERAL = 'several';

export function factsOf(test: Case): CaseFacts {
  const { divergence, open } = readNotes(test.dir);
  const note = divergence ?? open;
  const noted = note === undefined ? {} : { note };
  const graph = read(test);
  if (typeof graph === 'string') return { operator: SEVERAL, types: [], ...noted };
  const operators = new Set(graph.nodes.map((n) => n.key));
  if (operators.size > 1) operators.delete('Cast');
  const types = new Set([...graph.inputs, ...graph.outputs].flatMap((e) => elementTypes(e.type)));
  return { operator: operators.size === 1 ? [...operators][0]! : SEVERAL, types: [...types], ...noted };
}

/** The case of which `test_x_expanded` is the function body: its operator is the one under test. */
export const unexpanded = (name: string): string => name.replace(/_expanded(_ver\d+)?$/, '');

function read({ dir }: Case): Graph | string {
  try {
    return loadModel(readFileSync(join(dir, 'model.onnx'))).graph;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function elementTypes(type: ValueType | undefined): string[] {
  if (type === undefined) return [];
  switch (type.kind) {
    case 'tensor': case 'sparse_tensor': return [type.dtype];
    case 'map': return [type.key, ...elementTypes(type.value)];
    default: return elementTypes(type.elem);
  }
}

const MOST_NODES = 12;
const MOST_ELEMENTS = 12;

/** The model, a line a node. */
export function modelText(test: Case): string {
  const graph = read(test);
  if (typeof graph === 'string') return graph;
  const opsets = [...graph.opsets].map(([domain, version]) => `${domain || 'ai.onnx'} ${version}`).join(', ');
  const shown = graph.nodes.slice(0, MOST_NODES).map(nodeText);
  const more = graph.nodes.length - shown.length;
  const constants = [...new Set(graph.nodes.slice(0, MOST_NODES).flatMap((n) => n.inputs))].filter((e) => e?.tensor !== undefined).map((e) => valueText(e!.name, e!.tensor!));
  return [`opset ${opsets}`, ...shown, ...(more > 0 ? [`... ${more} more nodes`] : []), ...constants].join('\n');
}

/** The inputs of the first data set, a line each. */
export function inputsText(test: Case): string {
  const graph = read(test);
  const [set] = dataSets(test.dir);
  if (typeof graph === 'string' || set === undefined) return '';
  const slots = graph.inputs.filter((e) => e.constant === undefined).map(({ name, type }) => ({ name, type }));
  return Object.entries(readDataSet(test.dir, set, slots, []).inputs).map(([name, value]) => valueText(name, value)).join('\n');
}

function nodeText(node: Node): string {
  const names = (edges: readonly (Edge | undefined)[]): string => edges.map((e) => e?.name ?? '').join(', ');
  const attributes = [...node.attributes].map(([name, a]) => `${name}=${attributeText(a)}`).join(', ');
  return `${names(node.outputs)} = ${node.key}${attributes === '' ? '' : `<${attributes}>`}(${names(node.inputs)})`;
}

function attributeText(a: Attribute): string {
  switch (a.type) {
    case 'int': case 'float': return String(a.value);
    case 'string': return JSON.stringify(a.value);
    case 'ints': case 'floats': case 'strings': return `[${a.value.slice(0, MOST_ELEMENTS).join(', ')}${a.value.length > MOST_ELEMENTS ? ', ...' : ''}]`;
    case 'tensor': return `${a.value.type}${describeShape(a.value.dims)}`;
    case 'graph': return `{ ${a.value.nodes.map((n) => n.key).join('; ')} }`;
    default: return a.type;
  }
}

function valueText(name: string, value: Value): string {
  const type = describeType(typeOf(value));
  if (!(value instanceof Tensor)) return `${name}: ${type}`;
  const { class: kind, bits } = dtypeInfo(value.type);
  const elements: ArrayLike<unknown> = kind === 'string' || kind === 'complex' || bits === 64 ? value.data : unpack(value);
  const shown = Array.from({ length: Math.min(elements.length, MOST_ELEMENTS) }, (_, i) => showElement(elements[i]));
  return `${name}: ${type} = ${shown.join(', ')}${elements.length > MOST_ELEMENTS ? ', ...' : ''}`;
}
