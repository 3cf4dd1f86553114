/** Results as a table for the terminal, JSON, and a self-contained page. */
import type { Ceilings } from './ceilings.ts';
import type { Timing } from './measure.ts';
import type { Row } from './rows.ts';

export interface Result {
  readonly row: Omit<Row, 'make'>;
  readonly timings: readonly Timing[];
}

export interface Report {
  readonly machine: Readonly<Record<string, string>>;
  readonly date: string;
  readonly ceilings: Ceilings;
  readonly results: readonly Result[];
}

/** How a timing stands against the ceiling of its row, in percent. */
export function ofCeiling(row: Result['row'], ms: number, ceilings: Ceilings): number | undefined {
  if (row.ceiling === undefined) return undefined;
  const amount = row.ceiling === 'read' || row.ceiling === 'write' ? row.bytes : row.operations;
  return amount === undefined ? undefined : (100 * amount) / ms / 1e6 / ceilings[row.ceiling];
}

const show = (ms: number): string => (ms >= 100 ? ms.toFixed(0) : ms >= 1 ? ms.toFixed(2) : ms.toFixed(3));

/** One row as lines of text. */
export function rowText({ row, timings }: Result, ceilings: Ceilings): string {
  const web = timings.find((t) => t.contender === 'ort-web');
  const lines = timings.map((t) => {
    const rate = row.operations === undefined ? (row.bytes === undefined ? '' : `${(row.bytes / t.median / 1e6).toFixed(1)} GB/s`) : `${(row.operations / t.median / 1e6).toFixed(1)} GOPS`;
    const percent = ofCeiling(row, t.median, ceilings);
    const ratio = web === undefined || t === web ? '' : `${(web.median / t.median).toFixed(2)}x ort-web`;
    return `  ${t.contender.padEnd(13)} ${show(t.median).padStart(8)} ms  [${show(t.quartiles[0])} .. ${show(t.quartiles[1])}]`.padEnd(48)
      + `${rate.padStart(11)}  ${(percent === undefined ? '' : `${percent.toFixed(0)} % of ${row.ceiling}`).padEnd(20)} ${ratio}`;
  });
  return [row.name, ...lines].join('\n');
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** A page that needs nothing else: bars for each row (time, logarithmic), the numbers beside them, the ceilings above. */
export function reportHtml({ machine, date, ceilings, results }: Report): string {
  const all = results.flatMap((r) => r.timings.map((t) => t.median));
  const low = Math.log10(Math.min(...all) / 1.5), high = Math.log10(Math.max(...all));
  const width = (ms: number): string => ((100 * (Math.log10(ms) - low)) / (high - low)).toFixed(1);
  const rows = results.map(({ row, timings }) => {
    const web = timings.find((t) => t.contender === 'ort-web');
    const bars = timings.map((t) => {
      const percent = ofCeiling(row, t.median, ceilings);
      return `<tr><td>${escape(t.contender)}</td><td class="bar"><i class="${t.contender.replaceAll(' ', '-')}" style="width:${width(t.median)}%"></i></td>`
        + `<td>${show(t.median)} ms</td><td>${show(t.quartiles[0])} .. ${show(t.quartiles[1])}</td><td>${percent === undefined ? '' : `${percent.toFixed(0)} %`}</td>`
        + `<td>${web === undefined ? '' : `${(web.median / t.median).toFixed(2)}x`}</td></tr>`;
    }).join('');
    return `<h2>${escape(row.name)}</h2><p>${escape(row.types)}; ceiling: ${row.ceiling ?? 'none'}</p><table><tr><th></th><th></th><th>median</th><th>middle half</th><th>of ceiling</th><th>ort-web / this</th></tr>${bars}</table>`;
  });
  const list = (entries: Readonly<Record<string, string>>): string => Object.entries(entries).map(([k, v]) => `<li>${escape(k)}: ${escape(v)}</li>`).join('');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>nibble-onnx benchmark</title><style>
body{font:14px/1.4 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}
td,th{padding:.1rem .5rem;text-align:right;white-space:nowrap}td:first-child{text-align:left;width:8rem}.bar{width:40%;text-align:left}
.bar i{display:block;height:.8rem;background:#888}.wasm-simd128{background:#2a7!important}.wasm-relaxed{background:#185!important}
.ort-web{background:#d73!important}.ort-node{background:#a9c!important}h2{font-size:1rem;margin:1.5rem 0 0}p{margin:0;color:#666}</style>
<h1>nibble-onnx benchmark</h1><p>${escape(date)}. Bars are medians on a logarithmic scale: shorter is faster.</p><ul>${list(machine)}</ul>
<h2>Ceilings of this machine, one thread, same run</h2><ul>${list(Object.fromEntries(Object.entries(ceilings).map(([k, v]) => [k, `${v.toFixed(1)} ${k === 'read' || k === 'write' ? 'GB/s' : 'GOPS'}`])))}</ul>
${rows.join('\n')}</html>`;
}
