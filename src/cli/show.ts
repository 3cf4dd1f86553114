/** Values as text. */
import { describeType, dtypeInfo, Tensor, typeOf, unpack, type Value } from '../tensor/index.ts';
import { bold } from './text.ts';

/** Elements shown at each end of an axis when there are many. */
const EDGE = 3;
const FULL = 200;

/** `logits float32[1, 10]` and the content below it. */
export function showValue(name: string, value: Value | undefined): string {
  if (value === undefined) return `${bold(name)}: nothing`;
  return `${bold(name)} ${describeType(typeOf(value))}\n${content(value, 2)}`;
}

function content(value: Value, indent: number): string {
  const pad = ' '.repeat(indent);
  if (value instanceof Tensor) return showTensor(value).split('\n').map((l) => pad + l).join('\n');
  switch (value.kind) {
    case 'optional': return value.value === undefined ? `${pad}empty` : content(value.value, indent);
    case 'sequence': return value.items.map((v, i) => entry(String(i), v, indent)).join('\n') || `${pad}no items`;
    case 'map': return [...value.entries].map(([k, v]) => entry(String(k), v, indent)).join('\n') || `${pad}no entries`;
  }
}

const entry = (key: string, value: Value, indent: number): string =>
  `${' '.repeat(indent)}${key}: ${describeType(typeOf(value))}\n${content(value, indent + 2)}`;

/** Nested brackets; long axes are shortened in the middle. */
export function showTensor(tensor: Tensor): string {
  const cell = cellOf(tensor);
  const { dims } = tensor;
  if (tensor.size === 0) return '[]';
  const shorten = tensor.size > FULL;
  const shown = (length: number): (number | undefined)[] => {
    const all = Array.from({ length }, (_, i) => i);
    return shorten && length > 2 * EDGE + 1 ? [...all.slice(0, EDGE), undefined, ...all.slice(-EDGE)] : all;
  };
  const texts = new Map<number, string>();
  const visit = (axis: number, at: number): void => {
    if (axis === dims.length) texts.set(at, cell(at));
    else for (const i of shown(dims[axis]!)) if (i !== undefined) visit(axis + 1, at * dims[axis]! + i);
  };
  visit(0, 0);
  const width = Math.max(...[...texts.values()].map((t) => t.length));
  const draw = (axis: number, at: number): string => {
    if (axis === dims.length) return texts.get(at)!.padStart(dims.length === 0 ? 0 : width);
    const inner = axis === dims.length - 1;
    const parts = shown(dims[axis]!).map((i) => (i === undefined ? '...' : draw(axis + 1, at * dims[axis]! + i)));
    return `[${inner ? fill(parts, axis + 1) : parts.join(`,\n${' '.repeat(axis + 1)}`)}]`;
  };
  return draw(0, 0);
}

// Elements of a row, on as many lines as they need.
function fill(parts: readonly string[], indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const [i, part] of parts.entries()) {
    const text = i === parts.length - 1 ? part : `${part}, `;
    if (indent + line.length + text.length > 96 && line !== '') {
      lines.push(line.trimEnd());
      line = '';
    }
    line += text;
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`);
}

function cellOf(tensor: Tensor): (i: number) => string {
  const { type, data } = tensor;
  const info = dtypeInfo(type);
  if (info.class === 'string') return (i) => JSON.stringify((data as string[])[i]);
  if (info.class === 'complex') {
    return (i) => {
      const [re, im] = [Number(data[2 * i]), Number(data[2 * i + 1])];
      return `${number(re)}${im < 0 ? '-' : '+'}${number(Math.abs(im))}i`;
    };
  }
  if (info.bits === 64 && info.class !== 'float') return (i) => String(data[i]);
  const values = unpack(tensor);
  if (type === 'bool') return (i) => (values[i] ? 'true' : 'false');
  return info.class === 'float' ? (i) => number(values[i]!) : (i) => String(values[i]);
}

/** Six significant digits. */
function number(x: number): string {
  if (!Number.isFinite(x) || x === 0) return Object.is(x, -0) ? '-0' : String(x);
  const size = Math.abs(x);
  return size >= 1e-4 && size < 1e6 ? String(Number(x.toPrecision(6))) : x.toExponential(4);
}
