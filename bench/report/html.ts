/** A page that needs nothing else: an overview, then a roofline and the timings of each kernel. */
import type { Ceilings } from '../ceilings.ts';
import { claims } from '../check.ts';
import { ceilingOf, mismatches, ofCeiling, ratio, remarks, type Report, type Result } from '../result.ts';
import { amount, ceilingText, differenceText, mismatchText, percent, rate, times } from './format.ts';
import { overview } from './overview.ts';
import { roofline } from './roofline.ts';
import { STYLE } from './style.ts';
import { classOf, dot, escape, line, logAxis, ticks, tickText, type Axis } from './svg.ts';

export function reportHtml(report: Report): string {
  const { machine, date, ceilings, results } = report;
  const kernels = [...new Set(results.map((r) => r.row.kernel))];
  const contenders = [...new Set(results.flatMap((r) => r.timings.map((t) => t.contender)))];
  const wrong = results.filter((r) => mismatches(r).length > 0);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>nibble-onnx benchmark</title><style>${STYLE}</style></head><body>
<header><h1>nibble-onnx benchmark</h1><p>${escape(date)}. Medians of one run in which all contenders take turns; one thread each, two where a name ends in x2.</p></header>
${wrong.length === 0 ? '' : `<p class="alarm">Results differ in ${wrong.length} of ${results.length} rows: ${wrong.map((r) => escape(r.row.name)).join('; ')}</p>`}
<section class="facts">${facts('Machine', machine)}${facts('Ceilings of one thread', Object.fromEntries(Object.entries(ceilings).map(([k, v]) => [k, ceilingText(k as keyof Ceilings, v as number)])))}</section>
<p class="legend">${contenders.map((c) => `<span><svg width="14" height="14" viewBox="0 0 14 14"><circle cx="7" cy="7" r="4.5" class="dot ${classOf(c)}"/></svg>${escape(c)}</span>`).join('')}</p>
<section><h2>Beside onnxruntime-web</h2><p>Its median over ours: right of 1 we are faster. Marks are what the project promises.</p><div class="scroll">${overview(results)}</div></section>
${claimsSection(report)}
${kernels.map((kernel) => kernelSection(kernel, results.filter((r) => r.row.kernel === kernel), ceilings)).join('\n')}
</body></html>`;
}

const facts = (title: string, entries: Readonly<Record<string, string>>): string =>
  `<div><h2>${title}</h2><dl>${Object.entries(entries).map(([k, v]) => `<dt>${escape(k)}</dt><dd>${escape(v)}</dd>`).join('')}</dl></div>`;

function claimsSection(report: Report): string {
  const list = claims(report);
  if (list.length === 0) return '';
  const missed = list.filter((c) => !c.holds);
  const rows = [...missed, ...list.filter((c) => c.holds)].map((c) => `<tr class="${c.holds ? '' : 'miss'}"><td>${c.holds ? 'holds' : 'misses'}</td><td>${escape(c.name)}</td><td>${escape(c.measured)}</td><td>${escape(c.wanted)}</td></tr>`);
  return `<section><details${missed.length > 0 ? ' open' : ''}><summary><h2>${list.length - missed.length} of ${list.length} claims hold</h2></summary><div class="scroll"><table class="claims"><tr><th></th><th>claim</th><th>measured</th><th>wanted</th></tr>${rows.join('')}</table></div></details></section>`;
}

const PLOT = 200;

function kernelSection(kernel: string, results: readonly Result[], ceilings: Ceilings): string {
  const all = results.flatMap((r) => r.timings.flatMap((t) => [t.median, ...t.quartiles]));
  const axis = logAxis(Math.min(...all) / 1.4, Math.max(...all) * 1.4, 4, PLOT - 4);
  const chart = roofline(results, ceilings);
  return `<section><h2>${escape(kernel)}</h2>${chart === undefined ? '' : `<div class="chart scroll">${chart}</div>`}
<div class="scroll"><table><tr><th></th><th>${scale(axis, results[0].row.unit)}</th><th>median</th><th>middle half</th><th>rate</th><th>of ceiling</th><th>ort-web / this</th><th>ort-node / this</th><th>difference</th></tr>
${results.map((r, i) => rowBody(r, i + 1, ceilings, axis)).join('')}</table></div></section>`;
}

const scale = (axis: Axis, unit: string | undefined): string =>
  `<svg width="${PLOT}" height="16" viewBox="0 0 ${PLOT} 16">${ticks(axis).map((v) => `<text x="${axis.at(v).toFixed(1)}" y="12" class="tick" text-anchor="middle">${unit === 'bytes' ? tickText(v / 1000) : tickText(v)}</text>`).join('')}</svg>`;

function rowBody(result: Result, number: number, ceilings: Ceilings, axis: Axis): string {
  const { row, timings, absent } = result;
  const wrong = mismatches(result);
  const ceiling = ceilingOf(row, ceilings);
  const lines = timings.map((t) => {
    const plot = ticks(axis).map((v) => line(axis.at(v), 0, axis.at(v), 20, 'grid')).join('')
      + line(axis.at(t.quartiles[0]), 10, axis.at(t.quartiles[1]), 10, `whisker ${classOf(t.contender)}`) + dot(axis.at(t.median), 10, t.contender, `${t.contender}: ${amount(row, t.median)}`);
    const half = t.samples > 1 ? `${amount(row, t.quartiles[0]).split(' ')[0]} .. ${amount(row, t.quartiles[1]).split(' ')[0]}` : 'once';
    return `<tr class="${wrong.includes(t) ? 'miss' : ''}"><td>${escape(t.contender)}</td><td><svg width="${PLOT}" height="20" viewBox="0 0 ${PLOT} 20">${plot}</svg></td><td>${amount(row, t.median)}</td><td>${half}</td>`
      + `<td>${rate(row, t)}</td><td>${percent(ofCeiling(row, t.median, ceilings))}</td><td>${times(ratio(result, t, 'ort-web'))}</td><td>${times(ratio(result, t, 'ort-node'))}</td><td>${differenceText(t)}</td></tr>`;
  });
  const about = [row.types, ceiling === undefined ? '' : `ceiling: ${ceiling}`, row.because === undefined ? '' : `results may differ by ${row.tolerance}: ${row.because}`, ...remarks(result), ...absent.map((a) => `${a.contender} did not run: ${a.reason}`)];
  return `<tr class="row"><td colspan="9"><b>${number} ${escape(row.name)}</b> <small>${escape(about.filter((a) => a !== '').join('; '))}</small>${wrong.length === 0 ? '' : `<p class="alarm">${escape(mismatchText(row, wrong))}</p>`}</td></tr>${lines.join('')}`;
}
