/**
 * What gpu.js compiles: a function in plain JavaScript that gives one element of the output, and the functions it calls. gpu.js reads
 * the text of a function, so each stands alone: no imports, no names from outside but those in `functions`.
 */
export interface Thread {
  readonly thread: { readonly x: number; readonly y: number; readonly z: number };
}

/** Any function of numbers and of device arrays (flat, one float an element). */
export type KernelFunction = (this: Thread, ...args: never[]) => number;

export interface KernelSource {
  /** Unique: kernels are compiled once under it. */
  readonly name: string;
  readonly main: KernelFunction;
  /** Functions that `main` calls, under the names it uses. */
  readonly functions?: Readonly<Record<string, (...args: never[]) => number>>;
}

/** The text of a function under a name of its own, whatever a bundler called it. */
export function sourceText(name: string, f: (...args: never[]) => number): string {
  const text = f.toString();
  return `function ${name}${text.slice(text.indexOf('('))}`;
}
