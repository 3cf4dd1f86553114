/**
 * Matching in linear time, as RE2 does: the expression becomes a small machine, and all its states are followed at once
 * (Thompson, Regular Expression Search Algorithm, 1968). No pattern can make it backtrack.
 */
import { fail } from '../../../src/errors.ts';
import type { CharSet } from './char-set.ts';
import { parseRegex, type Assertion, type Expression } from './re2-parse.ts';

type Instruction =
  | { readonly op: 'set'; readonly set: CharSet; readonly next: number }
  | { readonly op: 'assertion'; readonly holds: Assertion; readonly next: number }
  | { readonly op: 'fork'; next: readonly number[] }
  | { readonly op: 'end' };

/** States of the machine: repetition counts multiply, so that a short pattern could ask for very many. */
const MAX_STATES = 50_000;

/** Compiles a pattern to a test of whole strings. Throws `E_ATTRIBUTE` or, for a machine too large, `E_LIMIT`. */
export function compileRegex(pattern: string): (text: string) => boolean {
  const program: Instruction[] = [{ op: 'end' }];
  const start = emit(program, parseRegex(pattern), 0);
  return (text) => fullMatch(program, start, text);
}

// Instructions are made back to front: each gets the number of what follows it.
function emit(program: Instruction[], e: Expression, next: number): number {
  switch (e.kind) {
    case 'set': return add(program, { op: 'set', set: e.set, next });
    case 'assertion': return add(program, { op: 'assertion', holds: e.holds, next });
    case 'sequence': return e.items.reduceRight((follow, item) => emit(program, item, follow), next);
    case 'choice': return add(program, { op: 'fork', next: e.items.map((item) => emit(program, item, next)) });
    case 'repeat': return emitRepeat(program, e.item, e.min, e.max, next);
  }
}

function emitRepeat(program: Instruction[], item: Expression, min: number, max: number, next: number): number {
  let start = next;
  if (max === Infinity) {
    const fork: Instruction = { op: 'fork', next: [] };
    start = add(program, fork);
    fork.next = [emit(program, item, start), next];
  } else {
    for (let i = min; i < max; i++) start = add(program, { op: 'fork', next: [emit(program, item, start), next] });
  }
  for (let i = 0; i < min; i++) start = emit(program, item, start);
  return start;
}

function add(program: Instruction[], instruction: Instruction): number {
  if (program.length >= MAX_STATES) {
    fail('E_LIMIT', 'the regular expression is too large', { arg: { kind: 'attribute', name: 'pattern' }, expected: `at most ${MAX_STATES} states` });
  }
  return program.push(instruction) - 1;
}

function fullMatch(program: readonly Instruction[], start: number, text: string): boolean {
  const seenAt = new Int32Array(program.length).fill(-1);
  let waiting: number[] = []; // states that read a character
  let reached = [start];
  let ended = false;
  let before = -1;
  for (let position = 0, step = 0; ; step++) {
    const after = text.codePointAt(position) ?? -1;
    waiting = [];
    ended = false;
    while (reached.length > 0) {
      const at = reached.pop()!;
      if (seenAt[at] === step) continue;
      seenAt[at] = step;
      const instruction = program[at];
      if (instruction.op === 'set') waiting.push(at);
      else if (instruction.op === 'fork') reached.push(...instruction.next);
      else if (instruction.op === 'end') ended = true;
      else if (instruction.holds(before, after)) reached.push(instruction.next);
    }
    if (after < 0) return ended;
    for (const at of waiting) {
      const instruction = program[at];
      if (instruction.op === 'set' && instruction.set(after)) reached.push(instruction.next);
    }
    if (reached.length === 0) return false;
    before = after;
    position += after > 0xffff ? 2 : 1;
  }
}
