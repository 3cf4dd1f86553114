/** Text for terminals: colors only where a person reads them, tables, wrapping. Nothing is wider than `WIDTH`. */
import { styleText } from 'node:util';

/** Columns that output may take. */
export const WIDTH = 100;

type Style = Parameters<typeof styleText>[0];

/** Whether a stream shows colors: a terminal that did not ask for none. https://no-color.org */
export function hasColors(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';
}

export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return hasColors(stream) ? styleText(style, text) : text;
}

export const bold = (text: string): string => paint('bold', text);
export const dim = (text: string): string => paint('dim', text);
export const green = (text: string): string => paint('green', text);
export const red = (text: string): string => paint('red', text);

export function print(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** Tells on stderr which of the providers that were asked for are not there, and why: the next of the list runs in their place. */
export function tellMissing({ unavailable }: { readonly unavailable: readonly { readonly name: string; readonly reason: string }[] }): void {
  for (const { name, reason } of unavailable) process.stderr.write(`${paint('yellow', `${name} is not available`, process.stderr)}: ${reason}\n`);
}

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Columns a cell may take, the last of a row aside. */
const CELL = 44;

/**
 * Rows under a header line. The last column takes what is left of the width and continues on further lines; the others
 * are as wide as their longest cell, which is shortened in the middle when it is very long.
 */
export function table(columns: readonly Column[], rows: readonly (readonly (string | number)[])[], indent = 0): string {
  const last = columns.length - 1;
  const cells = [columns.map((c) => c.title), ...rows.map((r) => r.map((cell, i) => (i === last ? String(cell) : shorten(String(cell), CELL))))];
  const widths = columns.map((_, i) => Math.max(...cells.map((r) => r[i]!.length)));
  const before = widths.slice(0, last).reduce((sum, w) => sum + w + 2, indent);
  widths[last] = Math.min(widths[last]!, Math.max(20, WIDTH - before));
  const lines = cells.flatMap((row, at) => {
    const tail = wrap(row[last]!, widths[last]!);
    return tail.map((part, k) => {
      const line = row.map((cell, i) => {
        const text = i === last ? part : k === 0 ? cell : '';
        return columns[i]!.align === 'right' ? text.padStart(widths[i]!) : text.padEnd(widths[i]!);
      }).join('  ').trimEnd();
      return ' '.repeat(indent) + (at === 0 ? bold(line) : line);
    });
  });
  return lines.join('\n');
}

function shorten(text: string, width: number): string {
  const half = (width - 1) / 2;
  return text.length <= width ? text : `${text.slice(0, Math.ceil(half))}…${text.slice(-Math.floor(half))}`;
}

/** Breaks a text at spaces, and words longer than a line anywhere. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    for (; word.length > width; word = word.slice(width)) lines.push(word.slice(0, width));
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** `1.2 MB` */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (bytes >= 1000 && unit < units.length - 1) {
    bytes /= 1000;
    unit++;
  }
  return `${unit === 0 || bytes >= 100 ? Math.round(bytes) : bytes.toFixed(1)} ${units[unit]}`;
}

/** `350 ms`, `1.25 s` */
export function formatTime(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** `1 node`, `2 nodes` */
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
