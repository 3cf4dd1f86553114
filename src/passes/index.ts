import type { Graph } from '../graph/index.ts';
export interface Trail { readonly entries: readonly { readonly pass: string; readonly round: number; readonly outcome: 'applied' | 'refused'; readonly reason?: string; readonly before: readonly string[]; readonly after: readonly string[] }[] }
// eslint-disable-next-line
export function optimize(_graph: Graph, _options: { evaluate: (node: import('../graph/index.ts').Node, inputs: readonly (import('../tensor/index.ts').Value | undefined)[]) => unknown; supports: (node: import('../graph/index.ts').Node) => true | string; [k: string]: unknown }): Trail { return { entries: [] }; }
