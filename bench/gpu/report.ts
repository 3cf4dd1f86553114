/** The GPU benchmark's results as a page. */
import type { Verdict } from './networks.ts';
import type { Overhead } from './overhead.ts';
import type { Bandwidth, Variant } from './resident.ts';

export interface GpuResult {
  readonly name: string;
  readonly target: number | undefined;
  /** onnxruntime-node webgpu's median over ours. */
  readonly ratio: number;
  /** Our providers' outputs agree with the reference. */
  readonly exact: boolean;
  readonly timings: readonly { readonly contender: string; readonly median: number; readonly min: number; readonly samples: number; readonly difference: number; readonly note: string }[];
}

export interface OddShapes {
  readonly agree: number;
  readonly of: number;
  /** Left to the next provider, with a reason. */
  readonly declined: number;
}

export interface GpuReport {
  readonly machine: Readonly<Record<string, string>>;
  readonly date: string;
  readonly correct: readonly { readonly provider: string; readonly odd: OddShapes | undefined; readonly verdicts: readonly Verdict[] }[];
  readonly overheads: readonly Overhead[] | undefined;
  readonly bandwidth: (Bandwidth & { readonly rows: readonly Variant[] }) | undefined;
  readonly tiles: readonly Variant[] | undefined;
  readonly results: readonly GpuResult[];
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<table><tr>${head.map((h) => `<th>${h}</th>`).join('')}</tr>${rows.map((r) => `<tr>${r.map((c) => `<td>${escape(c)}</td>`).join('')}</tr>`).join('')}</table>`;

const ratioText = ({ ratio, target }: GpuResult): string =>
  Number.isNaN(ratio) ? '' : `${ratio.toFixed(2)}${target === undefined ? '' : ` (target ${target}: ${ratio >= target ? 'met' : 'missed'})`} `;

export function gpuHtml(report: GpuReport): string {
  const { machine, date, correct, overheads, bandwidth, tiles, results } = report;
  const rows = results.flatMap((r) => r.timings.map((t, i) => [
    i === 0 ? r.name : '', t.contender, `${t.median.toFixed(3)} ms`, `${t.min.toFixed(3)} ms`, t.difference.toExponential(1),
    i === 0 ? `${ratioText(r)}${r.exact ? '' : 'differs'}` : '', t.note,
  ]));
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>nibble-onnx on a GPU</title><style>
body{font:14px/1.4 system-ui,sans-serif;max-width:80rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;margin:.5rem 0}
td,th{padding:.1rem .6rem;text-align:right}td:not(:first-child,:last-child){white-space:nowrap}td:first-child,th:first-child{text-align:left}h2{font-size:1rem;margin:1.5rem 0 0}</style>
<h1>nibble-onnx on a GPU</h1><p>${escape(date)}</p><ul>${Object.entries(machine).map(([k, v]) => `<li>${escape(k)}: ${escape(v)}</li>`).join('')}</ul>
<h2>Inputs and outputs in the host's memory</h2>${table(['row', 'contender', 'median', 'fastest', 'off', 'ort-node webgpu / nibble webgpu', 'note'], rows)}
${correct.map(({ provider, odd, verdicts }) => `<h2>Correctness of ${provider}</h2>${odd === undefined ? '' : `<p>${odd.agree} of ${odd.of} odd shapes agree with the cpu provider${odd.declined === 0 ? '' : `; ${odd.declined} are left to the next provider`}.</p>`}
${verdicts.length === 0 ? '' : table(['network', 'as recorded', 'found'], verdicts.map((v) => [v.name, v.agrees ? 'yes' : 'NO', v.found]))}`).join('')}
${bandwidth === undefined ? '' : `<h2>In the GPU's memory: reading ${bandwidth.read.toFixed(0)} GB/s, copying ${bandwidth.copy.toFixed(0)} GB/s</h2>
${table(['MatMulNBits 1 x 4096 x 4096', 'time', 'GB/s', 'of reading'], bandwidth.rows.map((v) => [v.name, `${(v.ms * 1000).toFixed(2)} us`, v.rate.toFixed(0), `${((100 * v.rate) / bandwidth.read).toFixed(0)} %`]))}`}
${tiles === undefined ? '' : `<h2>Tiles</h2>${table(['program', 'time', 'TOPS'], tiles.map((v) => [v.name, `${(v.ms * 1000).toFixed(1)} us`, (v.rate / 1000).toFixed(2)]))}`}
${overheads === undefined ? '' : `<h2>Beside the kernels</h2>${table(['what', 'median'], overheads.map((o) => [o.name, `${o.ms.toFixed(3)} ms`]))}`}
</html>`;
}
