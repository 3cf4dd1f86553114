/** Pictures as a Mermaid flowchart. https://mermaid.js.org/syntax/flowchart.html */
import type { Mark, Picture } from './graph-picture.ts';

const CLASSES: Readonly<Record<Mark, string>> = {
  removed: 'fill:#fdd,stroke:#c00', added: 'fill:#dfd,stroke:#080', changed: 'fill:#ffc,stroke:#a80', kept: 'fill:#fff,stroke:#888', end: 'fill:#eef,stroke:#88a',
};

// `end` is a word of the notation.
const classOf = (mark: Mark): string => (mark === 'end' ? 'port' : mark);

export function mermaid(pictures: readonly Picture[]): string {
  const lines = ['flowchart TB'];
  pictures.forEach((picture, i) => {
    lines.push(`  subgraph side${i}["${text(picture.title)}"]`);
    for (const { key, title, name, mark } of picture.boxes) lines.push(`    ${key}["${text(title)}<br/>${text(name)}"]:::${classOf(mark)}`);
    for (const { from, to, label } of picture.arrows) lines.push(`    ${from} -->${label === '' ? '' : `|"${text(label)}"|`} ${to}`);
    lines.push('  end');
  });
  for (const [mark, style] of Object.entries(CLASSES)) lines.push(`  classDef ${classOf(mark as Mark)} ${style}`);
  return lines.join('\n');
}

// Entities of the notation's own, which start with # in place of &.
const text = (s: string): string => s.replace(/[^\w .,:/[\]()+-]/gu, (c) => `#${c.codePointAt(0)};`);
