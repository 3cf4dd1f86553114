/**
 * The syntax of RE2 as a tree: https://github.com/google/re2/wiki/Syntax. No look-around and no back-references, so that
 * every expression can be matched in linear time. Greedy or lazy makes no difference to a full match.
 */
import { fail } from '../../../src/errors.ts';
import { fold, isWord, not, otherCase, PERL, POSIX, within, type CharSet } from './char-set.ts';

/** A condition between two characters; -1 stands for the ends of the text. */
export type Assertion = (before: number, after: number) => boolean;

export type Expression =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'assertion'; readonly holds: Assertion }
  | { readonly kind: 'sequence'; readonly items: readonly Expression[] }
  | { readonly kind: 'choice'; readonly items: readonly Expression[] }
  | { readonly kind: 'repeat'; readonly item: Expression; readonly min: number; readonly max: number };

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiLine: boolean;
  readonly dotAll: boolean;
}

const MAX_REPEAT = 1000;
const MAX_NESTING = 1000;

const CONTROL: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  textStart: (before) => before < 0,
  textEnd: (_, after) => after < 0,
  lineStart: (before) => before < 0 || before === 10,
  lineEnd: (_, after) => after < 0 || after === 10,
  wordEdge: (before, after) => isWord(before) !== isWord(after),
  noWordEdge: (before, after) => isWord(before) === isWord(after),
};

/** Parses a pattern. Throws `E_ATTRIBUTE` with the place of the first mistake. */
export function parseRegex(pattern: string): Expression {
  const parser = new Parser(pattern);
  return parser.parse();
}

class Parser {
  private readonly chars: readonly string[];
  private readonly pattern: string;
  private at = 0;
  private depth = 0;
  private flags: Flags = { ignoreCase: false, multiLine: false, dotAll: false };

  constructor(pattern: string) {
    this.pattern = pattern;
    this.chars = [...pattern];
  }

  parse(): Expression {
    const result = this.choice();
    if (this.at < this.chars.length) this.refuse('unmatched )');
    return result;
  }

  private refuse(what: string): never {
    return fail('E_ATTRIBUTE', `the regular expression is not valid: ${what}`, {
      arg: { kind: 'attribute', name: 'pattern' }, found: `${JSON.stringify(this.pattern.slice(0, 200))} at ${this.at}`,
    });
  }

  private eat(text: string): boolean {
    const chars = [...text];
    if (!chars.every((c, i) => this.chars[this.at + i] === c)) return false;
    this.at += chars.length;
    return true;
  }

  private next(): string {
    return this.chars[this.at++] ?? this.refuse('it ends too early');
  }

  private choice(): Expression {
    if (++this.depth > MAX_NESTING) this.refuse('nested too deeply');
    const branches = [this.sequence()];
    while (this.eat('|')) branches.push(this.sequence());
    this.depth--;
    return branches.length === 1 ? branches[0] : { kind: 'choice', items: branches };
  }

  private sequence(): Expression {
    const items: Expression[] = [];
    while (this.at < this.chars.length && this.chars[this.at] !== '|' && this.chars[this.at] !== ')') {
      if (this.eat('\\Q')) {
        while (this.at < this.chars.length && !this.eat('\\E')) items.push(this.literal(this.next().codePointAt(0)!));
        const last = items.pop(); // a repetition after \Q...\E is that of the last character
        if (last !== undefined) items.push(this.repeated(last));
      } else {
        const item = this.atom();
        if (item !== undefined) items.push(this.repeated(item));
      }
    }
    return { kind: 'sequence', items };
  }

  private repeated(item: Expression): Expression {
    const range = this.quantifier();
    if (range === undefined) return item;
    this.eat('?'); // lazy
    if (this.quantifier() !== undefined) this.refuse('two repetitions in a row');
    return { kind: 'repeat', item, ...range };
  }

  private quantifier(): { min: number; max: number } | undefined {
    if (this.eat('*')) return { min: 0, max: Infinity };
    if (this.eat('+')) return { min: 1, max: Infinity };
    if (this.eat('?')) return { min: 0, max: 1 };
    const [all, min, comma, max] = /^\{(\d{1,9})(,(\d{1,9})?)?\}/.exec(this.chars.slice(this.at, this.at + 24).join('')) ?? [];
    if (all === undefined) return undefined;
    this.at += all.length;
    const range = { min: Number(min), max: comma === undefined ? Number(min) : max === undefined ? Infinity : Number(max) };
    if (range.min > MAX_REPEAT || (range.max !== Infinity && range.max > MAX_REPEAT) || range.max < range.min) this.refuse('a bad repetition count');
    return range;
  }

  /** One item; undefined for flags that stand alone. */
  private atom(): Expression | undefined {
    const { multiLine, dotAll } = this.flags;
    const c = this.next();
    switch (c) {
      case '(': return this.group();
      case '[': return { kind: 'set', set: this.bracket() };
      case '.': return { kind: 'set', set: dotAll ? () => true : (code) => code !== 10 };
      case '^': return { kind: 'assertion', holds: multiLine ? ASSERTIONS.lineStart : ASSERTIONS.textStart };
      case '$': return { kind: 'assertion', holds: multiLine ? ASSERTIONS.lineEnd : ASSERTIONS.textEnd };
      case '*': case '+': case '?': return this.refuse('nothing to repeat');
      case '\\': return this.escape();
      default: return this.literal(c.codePointAt(0)!);
    }
  }

  private group(): Expression | undefined {
    const outer = this.flags;
    if (this.eat('?')) {
      if (this.eat('P<') || this.eat('<')) {
        while (this.next() !== '>') if (!isWord(this.chars[this.at - 1].codePointAt(0)!)) this.refuse('a bad group name');
      } else if (this.readFlags() === ')') return undefined; // to the end of the enclosing group
    }
    const inner = this.choice();
    if (!this.eat(')')) this.refuse('missing )');
    this.flags = outer;
    return inner;
  }

  // (?i), (?i-s:...): sets flags, gives the character that ended them.
  private readFlags(): string {
    const names: Readonly<Record<string, keyof Flags | 'ungreedy'>> = { i: 'ignoreCase', m: 'multiLine', s: 'dotAll', U: 'ungreedy' };
    let on = true;
    for (;;) {
      const c = this.next();
      if (c === ')' || c === ':') return c;
      if (c === '-' && on) on = false;
      else if (Object.hasOwn(names, c)) this.flags = { ...this.flags, [names[c]]: on };
      else this.refuse('an unknown group or flag');
    }
  }

  private literal(code: number): Expression {
    return { kind: 'set', set: this.folded((c) => c === code, code) };
  }

  /** A set that ignores case when the flag is on: a character belongs when one of its cases does. Negation comes after. */
  private folded(set: CharSet, literal?: number): CharSet {
    if (!this.flags.ignoreCase) return set;
    if (literal !== undefined) {
      const key = fold(literal);
      return (c) => c === literal || fold(c) === key;
    }
    return (c) => set(c) || set(otherCase(c, 'toLowerCase')) || set(otherCase(c, 'toUpperCase'));
  }

  private escape(): Expression {
    const c = this.chars[this.at];
    const assertion = { A: ASSERTIONS.textStart, z: ASSERTIONS.textEnd, b: ASSERTIONS.wordEdge, B: ASSERTIONS.noWordEdge }[c];
    if (assertion !== undefined) {
      this.at++;
      return { kind: 'assertion', holds: assertion };
    }
    const set = this.classEscape();
    return set !== undefined ? { kind: 'set', set } : this.literal(this.charEscape());
  }

  // \d \D \s \S \w \W \pN \p{Greek} \P{^Greek}, after the backslash.
  private classEscape(): CharSet | undefined {
    const c = this.chars[this.at] ?? '';
    const perl = PERL[c.toLowerCase()];
    if (perl !== undefined) {
      this.at++;
      return c === c.toLowerCase() ? this.folded(perl) : not(this.folded(perl));
    }
    if (c !== 'p' && c !== 'P') return undefined;
    this.at++;
    let name = this.next();
    if (name === '{') {
      name = '';
      for (let d = this.next(); d !== '}'; d = this.next()) name += d;
    }
    const negated = (c === 'P') !== name.startsWith('^');
    const set = this.folded(this.unicodeClass(name.replace(/^\^/, '')));
    return negated ? not(set) : set;
  }

  private unicodeClass(name: string): CharSet {
    if (!/^\w+$/.test(name)) this.refuse('a bad Unicode class');
    try {
      const test = new RegExp(name.length <= 2 || name === 'Any' ? `\\p{${name}}` : `\\p{Script=${name}}`, 'u');
      return (c) => test.test(String.fromCodePoint(c));
    } catch {
      return this.refuse(`unknown Unicode class ${name}`);
    }
  }

  // A single character, after the backslash.
  private charEscape(): number {
    const c = this.next();
    if (Object.hasOwn(CONTROL, c)) return CONTROL[c];
    if (c === 'x') {
      const digits = this.eat('{') ? this.take(/[0-9a-fA-F]/, 8) : this.take(/[0-9a-fA-F]/, 2);
      const braced = this.chars[this.at - digits.length - 1] === '{';
      if (digits === '' || (braced ? !this.eat('}') : digits.length !== 2) || parseInt(digits, 16) > 0x10ffff) this.refuse('a bad \\x');
      return parseInt(digits, 16);
    }
    if (/[0-7]/.test(c)) {
      // \1 to \7 alone would be a back-reference
      const digits = c + this.take(/[0-7]/, 2);
      if (c !== '0' && digits.length === 1) this.refuse('back-references are not supported');
      return parseInt(digits, 8);
    }
    if (/[\w]/.test(c)) this.refuse(`unknown escape \\${c}`);
    return c.codePointAt(0)!;
  }

  private take(allowed: RegExp, count: number): string {
    let text = '';
    while (text.length < count && allowed.test(this.chars[this.at] ?? '')) text += this.chars[this.at++];
    return text;
  }

  // [a-z\d[:alpha:]], after the opening bracket.
  private bracket(): CharSet {
    const negated = this.eat('^');
    const sets: CharSet[] = [];
    const ranges: [number, number][] = [];
    for (let first = true; first || !this.eat(']'); first = false) {
      const posix = /^\[:(\^?)(\w+):\]/.exec(this.chars.slice(this.at, this.at + 16).join(''));
      if (posix !== null) {
        const set = this.folded(POSIX[posix[2]] ?? this.refuse('an unknown class'));
        sets.push(posix[1] === '^' ? not(set) : set);
        this.at += posix[0].length;
        continue;
      }
      const set = this.chars[this.at] === '\\' ? this.bracketClass() : undefined;
      if (set !== undefined) {
        sets.push(set);
        continue;
      }
      const low = this.bracketChar();
      const isRange = this.chars[this.at] === '-' && this.chars[this.at + 1] !== ']';
      if (isRange) this.at++;
      const high = isRange ? this.bracketChar() : low;
      if (high < low) this.refuse('a bad range');
      ranges.push([low, high]);
    }
    const inside = this.folded(within(...ranges));
    return (c) => (inside(c) || sets.some((set) => set(c))) !== negated;
  }

  private bracketClass(): CharSet | undefined {
    this.at++;
    const set = this.classEscape();
    if (set === undefined) this.at--;
    return set;
  }

  private bracketChar(): number {
    return this.eat('\\') ? this.charEscape() : this.next().codePointAt(0)!;
  }
}
