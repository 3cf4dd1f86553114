/** The short notation of contracts: formal parameters and sets of types. */
import { DTYPES, isDType, type DType, type ValueType } from '../tensor/index.ts';

export interface Formal {
  readonly name: string;
  /** A type variable of the contract. */
  readonly type: string;
  readonly kind: 'single' | 'optional' | 'variadic';
  /** Variadic arguments of one type (`*`) or of mixed types (`**`). */
  readonly homogeneous: boolean;
}

/** The types a variable may take: element types of tensors, and written-out types of sequences, optionals and maps. */
export interface TypeSet {
  readonly tensors: ReadonlySet<DType>;
  /** `seq(tensor(float32))`, `optional(seq(tensor(int64)))`, `map(string, tensor(float32))`, `sparse(float32)` */
  readonly others: ReadonlySet<string>;
  /** As written, for messages and tables. */
  readonly text: string;
}

const GROUPS: Readonly<Record<string, readonly DType[]>> = {
  ints: ['int8', 'int16', 'int32', 'int64'],
  uints: ['uint8', 'uint16', 'uint32', 'uint64'],
  floats: ['float16', 'float32', 'float64'],
  complex: ['complex64', 'complex128'],
  fp8: ['float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz'],
  fp6: ['float6e2m3', 'float6e3m2'],
  int4s: ['int4', 'uint4'],
  int2s: ['int2', 'uint2'],
};

/** `'x:T y?:T rest*:T'` */
export function parseFormals(text: string): Formal[] {
  return text.split(/\s+/).filter(Boolean).map((part) => {
    const [, name, mark, type] = /^([^:?*]+)(\?|\*{1,2})?:(.+)$/.exec(part) ?? [];
    if (name === undefined || type === undefined) throw new SyntaxError(`formal parameter notation ${part}`);
    return { name, type, kind: mark === undefined ? 'single' : mark === '?' ? 'optional' : 'variadic', homogeneous: mark !== '**' };
  });
}

/** `'ints floats bool seq(floats string) optional(seq(bool))'` */
export function parseTypes(text: string): TypeSet {
  const tensors = new Set<DType>();
  const others = new Set<string>();
  for (const word of splitWords(text)) {
    const open = word.indexOf('(');
    if (open < 0) for (const t of expandWord(word)) tensors.add(t);
    else for (const t of expandWrapped(word)) others.add(t);
  }
  return { tensors, others, text };
}

function expandWord(word: string): readonly DType[] {
  if (word === 'all') return DTYPES;
  const group = GROUPS[word];
  if (group !== undefined) return group;
  if (!isDType(word)) throw new SyntaxError(`type notation ${word}`);
  return [word];
}

function expandWrapped(word: string): string[] {
  const open = word.indexOf('(');
  const outer = word.slice(0, open);
  const inner = word.slice(open + 1, -1);
  if (outer === 'map') {
    const [key, value] = inner.split(/,\s*/, 2) as [string, string];
    return expandAny(value).map((v) => `map(${key}, ${v})`);
  }
  return splitWords(inner).flatMap((w) => expandAny(w)).map((t) => (outer === 'sparse' ? `sparse(${t})` : `${outer}(${t})`));
}

function expandAny(word: string): string[] {
  return word.includes('(') ? expandWrapped(word) : expandWord(word).map((t) => `tensor(${t})`);
}

// Splits on spaces that are not inside parentheses.
function splitWords(text: string): string[] {
  const words: string[] = [];
  let depth = 0, word = '';
  for (const c of text) {
    if (c === ' ' && depth === 0) {
      if (word !== '') words.push(word);
      word = '';
      continue;
    }
    if (c === '(') depth++;
    if (c === ')') depth--;
    word += c;
  }
  if (word !== '') words.push(word);
  return words;
}

/** True when a value of this type may stand for the variable. */
export function allows(set: TypeSet, type: ValueType): boolean {
  return type.kind === 'tensor' ? set.tensors.has(type.dtype) : set.others.has(typeText(type));
}

/** The notation of a type, without shapes: what two uses of one type variable must agree on. */
export function typeText(type: ValueType): string {
  switch (type.kind) {
    case 'tensor': return `tensor(${type.dtype})`;
    case 'sparse_tensor': return `sparse(tensor(${type.dtype}))`;
    case 'sequence': return `seq(${typeText(type.elem)})`;
    case 'optional': return `optional(${typeText(type.elem)})`;
    case 'map': return `map(${type.key}, ${typeText(type.value)})`;
  }
}

/** The only type a set allows, when there is just one. */
export function onlyType(set: TypeSet): ValueType | undefined {
  if (set.tensors.size === 1 && set.others.size === 0) return { kind: 'tensor', dtype: [...set.tensors][0]! };
  return undefined;
}
