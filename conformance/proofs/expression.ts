/**
 * Graphs as text, for tests of passes:
 *
 *     y = Relu(Conv{pads: [1, 1, 1, 1]}(x, w, b)); a, b = Split{num_outputs: 2}(y)
 *
 * `ms.` stands for com.microsoft, `_` for an absent argument. Names that no statement makes are values given beside the text:
 * tensors are constants, types are inputs. Names nobody reads are outputs, unless they begin with `_`; `y! = ...` makes an output of
 * one that is read.
 */
import type { Attribute, Edge, Graph, Node } from '../../src/graph/index.ts';
import { ModelBuilder, type AttributeValue } from '../../src/model/builder.ts';
import type { Model } from '../../src/model/index.ts';
import { Tensor, type Dim, type DType } from '../../src/tensor/index.ts';

export interface InputType {
  readonly dtype: DType;
  readonly dims: readonly Dim[];
}

export type Values = Readonly<Record<string, Tensor | InputType>>;

export const input = (dtype: DType, ...dims: Dim[]): InputType => ({ dtype, dims });

/** Builds the model a text describes. */
export function parse(text: string, values: Values, opset = 21): Model {
  const builder = new ModelBuilder({ opset });
  const known = new Map<string, Edge>();
  for (const [name, value] of Object.entries(values)) {
    known.set(name, value instanceof Tensor ? builder.constant(name, value) : builder.input(name, value.dtype, value.dims));
  }
  const outputs = new Set<string>();
  for (const statement of text.split(';')) {
    const [left, right] = statement.split(/=(.*)/s);
    const names = left.split(',').map((n) => n.trim());
    const tokens = new Tokens(right);
    const made = expression(tokens, builder, known, names.map((n) => n.replace('!', '')));
    names.forEach((name, i) => {
      if (name !== '_') known.set(name.replace('!', ''), made[i]);
      if (name.endsWith('!')) outputs.add(name.slice(0, -1));
    });
  }
  for (const [name, edge] of known) {
    const isOutput = outputs.has(name) || (edge.users.size === 0 && !name.startsWith('_'));
    if (edge.producer !== undefined && isOutput) builder.output(edge);
  }
  return builder.model();
}

class Tokens {
  private readonly tokens: readonly string[];
  private at = 0;

  constructor(text: string) {
    this.tokens = text.match(/"[^"]*"|[\w./-]+|[^\s\w]/g) ?? [];
  }

  peek(): string | undefined {
    return this.tokens[this.at];
  }

  next(expected?: string): string {
    const token = this.tokens[this.at++];
    if (token === undefined || (expected !== undefined && token !== expected)) throw new SyntaxError(`expected ${expected ?? 'more'}, found ${token}`);
    return token;
  }

  list<T>(open: string, close: string, item: () => T): T[] {
    const items: T[] = [];
    this.next(open);
    while (this.peek() !== close) {
      items.push(item());
      if (this.peek() === ',') this.next();
    }
    this.next(close);
    return items;
  }
}

function expression(tokens: Tokens, builder: ModelBuilder, known: Map<string, Edge>, names?: readonly string[]): Edge[] {
  const word = tokens.next();
  if (tokens.peek() !== '(' && tokens.peek() !== '{') {
    const edge = known.get(word);
    if (edge === undefined) throw new SyntaxError(`${word} is not defined`);
    return [edge];
  }
  const attributes: Record<string, AttributeValue> = {};
  if (tokens.peek() === '{') {
    tokens.list('{', '}', () => {
      const name = tokens.next();
      tokens.next(':');
      attributes[name] = literal(tokens);
    });
  }
  const inputs = tokens.list('(', ')', () => (tokens.peek() === '_' ? (tokens.next(), undefined) : expression(tokens, builder, known)[0]));
  const key = word.replace(/^ms\./, 'com.microsoft.');
  const dot = key.lastIndexOf('.');
  const options = { domain: dot < 0 ? '' : key.slice(0, dot), ...(names && { outputs: names.map((n) => (n === '_' ? '' : n)) }) };
  if (names === undefined) return [builder.node(key.slice(dot + 1), inputs, attributes, options as { domain: string })];
  const made = builder.node(key.slice(dot + 1), inputs, attributes, options as { domain: string; outputs: string[] });
  const present = made[Symbol.iterator]();
  return names.map((n) => (n === '_' ? (undefined as unknown as Edge) : (present.next().value as Edge)));
}

function literal(tokens: Tokens): AttributeValue {
  if (tokens.peek() === '[') return tokens.list('[', ']', () => Number(tokens.next()));
  const token = tokens.next();
  return token.startsWith('"') ? token.slice(1, -1) : Number(token);
}

/** A graph as text, one statement for each output or value read more than once. Constants a pass made show as `#`. */
export function print(graph: Graph, given: Values): string {
  const statements: string[] = [];
  const isShared = (edge: Edge) => edge.isOutput || edge.users.size > 1 || reads(edge) > 1;
  const argument = (edge: Edge | undefined): string => {
    if (edge === undefined) return '_';
    if (edge.producer === undefined) return edge.name in given ? edge.name : '#';
    return isShared(edge) || edge.producer.outputs.filter(Boolean).length > 1 ? edge.name : call(edge.producer);
  };
  const call = (node: Node): string => {
    const attributes = [...node.attributes].map(([name, a]) => `${name}: ${attributeText(a)}`);
    const braces = attributes.length === 0 ? '' : `{${attributes.join(', ')}}`;
    return `${node.key.replace('com.microsoft.', 'ms.')}${braces}(${node.inputs.map(argument).join(', ')})`;
  };
  for (const node of graph.nodes) {
    const made = node.outputs.filter((e) => e !== undefined);
    if (made.length > 1 || made.some((e) => isShared(e))) {
      statements.push(`${node.outputs.map((e) => e?.name ?? '_').join(', ')} = ${call(node)}`);
    }
  }
  return statements.join('; ');
}

function reads(edge: Edge): number {
  let count = 0;
  for (const user of edge.users) for (const e of user.inputs) if (e === edge) count++;
  return count;
}

function attributeText(a: Attribute): string {
  switch (a.type) {
    case 'string': return JSON.stringify(a.value);
    case 'ints': case 'floats': return `[${a.value.join(', ')}]`;
    case 'int': return String(a.value);
    case 'float': return String(Number(a.value.toPrecision(6)));
    default: return a.type;
  }
}
