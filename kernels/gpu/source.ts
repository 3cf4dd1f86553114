/**
 * What gpu.js compiles: a function in plain JavaScript that gives one element of the output, and the functions it calls. gpu.js reads
 * the text of a function, so each stands alone: no names from outside but those in `helpers` and `functions`.
 */
export interface Thread {
  readonly thread: { readonly x: number; readonly y: number; readonly z: number };
}

type NumberFunction = (...args: never[]) => number;

/** Any function of numbers and of device arrays (flat, one float an element). */
export type KernelFunction = (this: Thread, ...args: never[]) => number;

export interface KernelSource {
  /** Unique: kernels are compiled once under it. */
  readonly name: string;
  readonly main: KernelFunction;
  /** Functions that `main` and its functions call by their own names: those that a bundler may have changed, here as in the calls. */
  readonly helpers?: readonly NumberFunction[];
  /** Functions under names of this kernel, which `main` has from a declaration: one of several takes the place. */
  readonly functions?: Readonly<Record<string, NumberFunction>>;
}

/** The text of a function under a name of its own. */
export function sourceText(name: string, f: NumberFunction): string {
  const text = f.toString();
  return `function ${name}${text.slice(text.indexOf('('))}`;
}

/** The texts of all that a kernel's `main` calls. */
export function calledTexts({ helpers = [], functions = {} }: KernelSource): string[] {
  // In our own bundles functions stand as text, under the names that they have in it.
  return [...helpers.map((f) => (typeof f === 'string' ? f : sourceText(f.name, f))), ...Object.entries(functions).map(([name, f]) => sourceText(name, f))];
}
