/** A small example of each pass, for people: the first plain draw of its generator that it changes. */
import { OnnxError } from '../../src/errors.ts';
import { inferGraph } from '../../src/ops/index.ts';
import { diffGraphs, summarize, type GraphDiff, type Pass } from '../../src/passes/index.ts';
import { Draw } from './draw.ts';
import { parse, print } from './expression.ts';
import { GENERATORS } from './generators/index.ts';
import { embed } from './mutate.ts';
import { runAlone } from './prove.ts';

export interface PassExample {
  readonly before: string;
  readonly after: string;
  readonly diff: GraphDiff;
}

/** Draws to choose from, and how many of those that change. */
const DRAWS = 60;
const CHOICE = 5;

/** The shortest of some examples. Throws when the pass applies to none of them. */
export function exampleOf(pass: Pass): PassExample {
  // Passes that only remove a node need it between others.
  for (const alone of [true, false]) {
    const found: PassExample[] = [];
    for (let seed = 1; seed <= DRAWS && found.length < CHOICE; seed++) {
      const example = draw(pass, seed, alone);
      if (example !== undefined) found.push(example);
    }
    const [shortest] = found.sort((a, b) => a.diff.before.nodes.length - b.diff.before.nodes.length || a.before.length - b.before.length);
    if (shortest !== undefined) return shortest;
  }
  throw new Error(`${pass.name} applies to no draw of its generator`);
}

function draw(pass: Pass, seed: number, alone: boolean): PassExample | undefined {
  const random = new Draw(seed);
  const drawn = GENERATORS[pass.name]!.draw(random);
  const { graph } = parse(drawn.text, drawn.values, drawn.opset);
  if (!alone) embed(graph, random);
  try {
    inferGraph(graph);
  } catch (error) {
    if (error instanceof OnnxError) return undefined;
    throw error;
  }
  const [text, summary] = [print(graph, drawn.values), summarize(graph)];
  const entries = runAlone(pass, graph, drawn);
  if (entries.length === 0 || entries.some((e) => e.outcome === 'refused')) return undefined;
  return { before: text, after: print(graph, drawn.values), diff: diffGraphs(summary, summarize(graph)) };
}
