/** Sets of characters as tests of code points: Perl's and POSIX' classes, complements, cases. */

/** Whether a code point belongs to a set. */
export type CharSet = (code: number) => boolean;

export const isWord = (c: number) => (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || c === 95 || (c >= 97 && c <= 122);
export const within = (...ranges: readonly (readonly [number, number])[]): CharSet => (c) => ranges.some(([lo, hi]) => c >= lo && c <= hi);
export const not = (set: CharSet): CharSet => (c) => !set(c);

/** Perl's classes, which RE2 keeps to ASCII. */
export const PERL: Readonly<Record<string, CharSet>> = { d: within([48, 57]), s: within([9, 10], [12, 13], [32, 32]), w: isWord };

export const POSIX: Readonly<Record<string, CharSet>> = {
  alnum: within([48, 57], [65, 90], [97, 122]), alpha: within([65, 90], [97, 122]), ascii: within([0, 127]), blank: within([9, 9], [32, 32]),
  cntrl: within([0, 31], [127, 127]), digit: within([48, 57]), graph: within([33, 126]), lower: within([97, 122]), print: within([32, 126]),
  punct: within([33, 47], [58, 64], [91, 96], [123, 126]), space: within([9, 13], [32, 32]), upper: within([65, 90]), word: isWord,
  xdigit: within([48, 57], [65, 70], [97, 102]),
};

/** The lower or upper case of a character, or the character where that takes several. */
export function otherCase(code: number, change: 'toLowerCase' | 'toUpperCase'): number {
  const text = String.fromCodePoint(code)[change]();
  const changed = text.codePointAt(0)!;
  return String.fromCodePoint(changed).length === text.length ? changed : code; // ß has no single capital letter
}

/** What a letter has in common with its other cases. */
export const fold = (code: number) => otherCase(otherCase(code, 'toUpperCase'), 'toLowerCase');
