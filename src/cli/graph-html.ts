/** Pictures as one HTML page: laid out here, drawn as SVG, asking for nothing from elsewhere. */
import { graphlib, layout, type Point } from '@dagrejs/dagre';
import type { Box, Picture } from './graph-picture.ts';

const LINE = 15;
const LABEL_LINE = 12;
const PAD = 8;
/** Width of a letter at the font sizes used, in pixels. */
const LETTER = 6.7;
const BOLD_LETTER = 7.6;
const SMALL_LETTER = 5.4;
/** Longer labels are shortened; the tooltip has them whole. */
const LONGEST = 44;

const STYLE = `
:root { color-scheme: light; font: 14px/1.4 system-ui, sans-serif; }
body { margin: 1.5rem; color: #222; background: #fff; }
h1 { font-size: 1.4rem; margin: 0; }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 32rem), 1fr)); gap: 1rem; }
section { border: 1px solid #ddd; border-radius: 6px; min-width: 0; }
h2 { font-size: 1rem; margin: .5rem .75rem; }
section > div { overflow: auto; height: calc(100vh - 12rem); min-height: 20rem; } svg { display: block; margin: 0 auto; }
body:has(#fit:checked) svg { max-width: 100%; height: auto; }
rect { fill: #fff; stroke: #888; } text { font-size: 12px; text-anchor: middle; } .op { font-weight: 600; }
.label { font-size: 10px; fill: #555; paint-order: stroke; stroke: #fff; stroke-width: 4px; }
.removed rect, .key.removed { fill: #fdd; stroke: #c00; background: #fdd; } .added rect, .key.added { fill: #dfd; stroke: #080; background: #dfd; }
.changed rect, .key.changed { fill: #ffc; stroke: #a80; background: #ffc; } .end rect { fill: #eef; stroke: #88a; }
g { scroll-margin: 12rem; } :target rect { stroke-width: 3px; }
path { fill: none; stroke: #999; } .key { padding: 0 .5em; border-radius: 3px; color: inherit; } pre { white-space: pre-wrap; }`;

/** Wide pictures begin at their first input. */
const SCRIPT = `for (const view of document.querySelectorAll('section > div')) {
  const box = view.querySelector('g.end');
  if (box) view.scrollLeft += box.getBoundingClientRect().left - view.getBoundingClientRect().left - view.clientWidth / 2;
}`;

/** A page with the pictures side by side, and the difference in words below. The legend leads to the first node of each kind. */
export function html(heading: string, pictures: readonly Picture[], words: string): string {
  const boxes = pictures.flatMap((p) => p.boxes);
  const ids = new Map<Box, string>();
  const keys = ['removed', 'added', 'changed'].map((mark) => {
    const marked = boxes.filter((box) => box.mark === mark);
    if (marked.length > 0) ids.set(marked[0], mark);
    const target = marked.length > 0 ? ` href="#${mark}"` : '';
    return `<a class="key ${mark}"${target}>${mark}: ${marked.length}</a>`;
  }).join(' ');
  const sections = pictures.map((p) => {
    const hidden = p.hidden === 0 ? '' : ` <small>(${p.hidden} nodes far from changes are not shown)</small>`;
    return `<section><h2>${escape(p.title)}${hidden}</h2><div>${draw(p, ids)}</div></section>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(heading)}</title><style>${STYLE}</style></head>
<body><h1>${escape(heading)}</h1><p>${keys} &nbsp; Point at a node or a label for more. <label><input type="checkbox" id="fit"> fit the width</label></p>
<main>${sections.join('\n')}</main>
<details><summary>In words</summary><pre>${escape(words)}</pre></details>
<script>${SCRIPT}</script></body></html>
`;
}

interface Placed {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** `ids`: of boxes that are linked to. */
function draw(picture: Picture, ids: ReadonlyMap<Box, string>): string {
  const graph = new graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'TB', nodesep: 30, ranksep: 34, marginx: 10, marginy: 10 });
  for (const box of picture.boxes) graph.setNode(box.key, { width: widthOf(box), height: 2 * LINE + 2 * PAD });
  picture.arrows.forEach(({ from, to, label }, i) => {
    const lines = linesOf(label);
    graph.setEdge(from, to, { width: Math.max(...lines.map((line) => line.length)) * SMALL_LETTER, height: LINE * lines.length, labelpos: 'c' }, String(i));
  });
  layout(graph);
  const size = graph.graph() as { width?: number; height?: number };
  const arrows = picture.arrows.map(({ from, to, label, tensor }, i) => {
    const { points, x, y } = graph.edge(from, to, String(i)) as unknown as { points: readonly Point[]; x: number; y: number };
    const [first, ...others] = points.map((p) => `${round(p.x)},${round(p.y)}`);
    const title = `<title>${escape(`${tensor}: ${label}`)}</title>`;
    const lines = linesOf(label);
    const texts = lines.map((line, k) => `<text class="label" x="${round(x)}" y="${round(y + 3 + (k - (lines.length - 1) / 2) * LABEL_LINE)}">${escape(line)}${title}</text>`);
    return `<path d="M${first} L${others.join(' ')}" marker-end="url(#head)"/>${texts.join('')}`;
  });
  const boxes = picture.boxes.map((box) => {
    const { x, y, width, height } = graph.node(box.key) as unknown as Placed;
    const rect = `<rect x="${round(x - width / 2)}" y="${round(y - height / 2)}" width="${round(width)}" height="${height}" rx="5"/>`;
    const lines = `<text class="op" x="${round(x)}" y="${round(y - 3)}">${escape(short(box.title))}</text><text x="${round(x)}" y="${round(y + LINE - 2)}">${escape(short(box.name))}</text>`;
    return `<g class="${box.mark}"${ids.has(box) ? ` id="${ids.get(box)}"` : ''}>${rect}${lines}<title>${escape([box.name, ...box.details].join('\n'))}</title></g>`;
  });
  const [width, height] = [Math.ceil(size.width ?? 0), Math.ceil(size.height ?? 0)];
  const head = '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" style="fill:#999"/></marker></defs>';
  return `<svg width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${head}${arrows.join('')}${boxes.join('')}</svg>`;
}

const widthOf = ({ title, name }: Box): number => Math.max(short(title).length * BOLD_LETTER, short(name).length * LETTER) + 2 * PAD;

/** Type and shape, and quantization on a line of its own. */
const linesOf = (label: string): readonly string[] => label.split(/, (?=scale )/).map(short);

const short = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST / 2)}…${text.slice(1 - LONGEST / 2)}`);

const round = (x: number): string => x.toFixed(1);

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escape = (text: string): string => text.replace(/[&<>"]/g, (c) => ENTITIES[c]!);
