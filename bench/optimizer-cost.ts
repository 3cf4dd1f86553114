/**
 * How the time of the optimizer grows with the graph: `npm run optimizer-cost` writes docs/optimizer-cost.md. Processor time of
 * `optimize` at level all, types inferred before, the least of some runs.
 */
import '../src/everything.ts';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import type { Edge, Graph } from '../src/graph/index.ts';
import { ModelBuilder } from '../src/model/index.ts';
import { inferGraph } from '../src/ops/index.ts';
import { optimize } from '../src/passes/index.ts';
import { pack, Tensor } from '../src/tensor/index.ts';

const scalar = (value: number): Tensor => new Tensor('float32', Float32Array.of(value), []);
const vector = (length: number): Tensor => new Tensor('float32', new Float32Array(length).fill(0.5), [length]);
const matrix = (rows: number, columns: number): Tensor => new Tensor('int8', new Int8Array(rows * columns).fill(3), [rows, columns]);

interface Parts {
  readonly b: ModelBuilder;
  readonly scale: Edge;
  readonly zero: Edge;
  readonly half: Edge;
  readonly root: Edge;
  readonly one: Edge;
  readonly gamma: Edge;
  readonly weightScale: Edge;
}

const quantized = ({ b, scale, zero }: Parts, x: Edge): Edge => b.node('DequantizeLinear', [b.node('QuantizeLinear', [x, scale, zero]), scale, zero]);

/** One after another: identities, quantizers, gates, transposes there and back. */
function link(p: Parts, x: Edge): Edge {
  const { b } = p;
  const sum = b.node('Add', [quantized(p, b.node('Identity', [x])), b.node('Mul', [x, p.half])]);
  const gate = b.node('Mul', [sum, b.node('Sigmoid', [sum])]);
  return b.node('Relu', [b.node('Transpose', [b.node('Transpose', [gate])])]);
}

/** A layer as quantized encoders repeat it: norm, quantized product, bias, gelu, residual. */
function layer(p: Parts, x: Edge, index: number): Edge {
  const { b } = p;
  const norm = b.node('LayerNormalization', [x, p.gamma, p.gamma]);
  const weight = b.node('DequantizeLinear', [b.constant(`w${index}`, matrix(8, 8)), p.weightScale]);
  const product = quantized(p, b.node('MatMul', [quantized(p, norm), weight]));
  const biased = b.node('Add', [product, p.gamma]);
  const gelu = b.node('Mul', [b.node('Mul', [biased, b.node('Add', [b.node('Erf', [b.node('Div', [biased, p.root])]), p.one])]), p.half]);
  return b.node('Add', [x, gelu]);
}

/** Graphs of at least so many nodes. */
const SHAPES: Readonly<Record<string, (p: Parts, x: Edge, count: number) => Edge>> = {
  chain: (p, x, count) => {
    let value = x;
    while (p.b.graph.nodes.length < count) value = link(p, value);
    return value;
  },
  // All read one input, and all results are summed.
  wide: (p, x, count) => {
    const branches: Edge[] = [];
    while (p.b.graph.nodes.length < count) branches.push(link(p, p.b.node('Mul', [x, p.b.constant(`k${branches.length}`, scalar(branches.length + 2))])));
    return p.b.node('Sum', branches);
  },
  layers: (p, x, count) => {
    let value = x;
    for (let i = 0; p.b.graph.nodes.length < count; i++) value = layer(p, value, i);
    return value;
  },
};

function build(shape: string, count: number): Graph {
  const b = new ModelBuilder({ opset: 21 });
  const x = b.input('x', 'float32', [2, 8]);
  const constants = {
    scale: scalar(0.05), zero: pack('uint8', [3], []), half: scalar(0.5), root: scalar(Math.SQRT2), one: scalar(1), gamma: vector(8), weightScale: scalar(0.01),
  };
  const edges = Object.fromEntries(Object.entries(constants).map(([name, tensor]) => [name, b.constant(name, tensor)])) as unknown as Omit<Parts, 'b'>;
  b.output(SHAPES[shape]!({ b, ...edges }, x, count), 'y');
  inferGraph(b.graph);
  return b.graph;
}

export interface Cost {
  readonly shape: string;
  readonly nodes: number;
  readonly after: number;
  readonly patches: number;
  readonly ms: number;
}

export function measureCost(shape: string, count: number, runs: number): Cost {
  let best: Cost | undefined;
  for (let i = 0; i < runs; i++) {
    const graph = build(shape, count);
    const nodes = graph.nodes.length;
    const began = process.cpuUsage();
    const { entries } = optimize(graph, { level: 'all' });
    const { user, system } = process.cpuUsage(began);
    const ms = (user + system) / 1000;
    if (best === undefined || ms < best.ms) best = { shape, nodes, after: graph.nodes.length, patches: entries.filter((e) => e.outcome === 'applied').length, ms };
  }
  return best!;
}

const COUNTS = [1000, 2000, 5000, 10_000, 20_000, 50_000];

function page(): string {
  const lines = [
    '# What optimization costs', '',
    'Written by `npm run optimizer-cost`: processor time of `optimize` at level all, the least of three runs, on graphs made of repeated parts',
    '(`bench/optimizer-cost.ts`). Linear growth keeps the last column level.', '',
    `Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}.`, '',
  ];
  measureCost('layers', 2000, 2); // warm
  for (const shape of Object.keys(SHAPES)) {
    lines.push(`## ${shape}`, '', '| nodes | after | patches | ms | µs a node |', '|---:|---:|---:|---:|---:|');
    for (const count of COUNTS) {
      const { nodes, after, patches, ms } = measureCost(shape, count, count > 20_000 ? 2 : 3);
      lines.push(`| ${nodes} | ${after} | ${patches} | ${ms.toFixed(0)} | ${((1000 * ms) / nodes).toFixed(0)} |`);
    }
    lines.push('');
  }
  return lines.join('\n');
}

if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) writeFileSync('docs/optimizer-cost.md', page());
