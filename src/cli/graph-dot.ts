/** Pictures in Graphviz' language. https://graphviz.org/doc/info/lang.html */
import type { Mark, Picture } from './graph-picture.ts';

const COLORS: Readonly<Record<Mark, string>> = { removed: '#ffdddd', added: '#ddffdd', changed: '#ffffcc', kept: '#ffffff', end: '#eeeeff' };

export function dot(pictures: readonly Picture[]): string {
  const lines = ['digraph difference {', '  node [shape=box, style="rounded,filled", fontname="sans-serif"];', '  edge [fontname="sans-serif", fontsize=9];'];
  pictures.forEach((picture, i) => {
    lines.push(`  subgraph cluster_${i} {`, `    label=${quote(picture.title)};`);
    for (const { key, title, name, mark, details } of picture.boxes) {
      lines.push(`    ${key} [label=${quote(`${title}\n${name}`)}, fillcolor="${COLORS[mark]}", tooltip=${quote(details.join('\n'))}];`);
    }
    for (const { from, to, label } of picture.arrows) lines.push(`    ${from} -> ${to} [label=${quote(label)}];`);
    lines.push('  }');
  });
  return [...lines, '}'].join('\n');
}

const quote = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
