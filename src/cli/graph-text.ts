/** A graph difference as lines of text. */
import { describeEdge, type GraphDiff, type NodeSummary } from '../passes/index.ts';
import { count, green, paint, red, WIDTH, wrap } from './text.ts';

export function diffText(diff: GraphDiff): string {
  const ops = new Map(diff.after.nodes.map((n) => [n.id, n]));
  const lines: string[] = [];
  const item = (head: string, notes: readonly string[]): void => {
    lines.push(head, ...notes.flatMap((note) => wrap(note, WIDTH - 4).map((l) => `    ${l}`)));
  };
  for (const { node, into } of diff.removed) item(red(`- ${title(node)}`), into.map((id) => `now in ${title(ops.get(id)!)}`));
  for (const node of diff.added) item(green(`+ ${title(node)}`), node.origin.length === 0 ? [] : [`stands for ${node.origin.join(', ')}`]);
  for (const { after, changes } of diff.changed) item(paint('yellow', `~ ${title(after)}`), changes);
  for (const { before, after } of diff.changedEdges) item(paint('yellow', `~ tensor ${after.id}`), [`${describeEdge(before)} -> ${describeEdge(after)}`]);
  if (lines.length > 0) lines.push('');
  const { removed, added, changed, kept } = diff;
  lines.push(
    `${diff.before.nodes.length} -> ${count(diff.after.nodes.length, 'node')}: ${removed.length} removed, ${added.length} added, ${changed.length} changed, ${kept} kept`,
  );
  return lines.join('\n');
}

const title = ({ op, name, graph }: NodeSummary): string => `${op} ${name}${graph === 'main' ? '' : ` (${graph})`}`;
