/** Measures rows and writes reports: `npm run bench`, `nibble bench`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { CONTENDERS } from './contenders.ts';
import { measureCeilings } from './ceilings.ts';
import { measureRow } from './measure.ts';
import { reportHtml, rowText, type Report, type Result } from './report.ts';
import { ROWS } from './rows.ts';

export interface BenchOptions {
  /** Only rows whose name matches. */
  readonly filter?: RegExp;
  /** Only contenders whose name matches. */
  readonly contenders?: RegExp;
  readonly rounds?: number;
  readonly slice?: number;
  readonly json?: string;
  readonly html?: string;
  readonly print?: (text: string) => void;
}

export async function runBench(options: BenchOptions = {}): Promise<Report> {
  const print = options.print ?? console.log;
  const rows = ROWS.filter((r) => options.filter?.test(r.name) ?? true);
  const contenders = CONTENDERS.filter((c) => options.contenders?.test(c.name) ?? true);
  const machine = describeMachine();
  print(Object.entries(machine).map(([k, v]) => `${k}: ${v}`).join('\n'));
  const ceilings = await measureCeilings();
  print(`ceilings, one thread: ${Object.entries(ceilings).map(([k, v]) => `${k} ${v.toFixed(1)}`).join(', ')} (GOPS; read and write GB/s)\n`);
  const results: Result[] = [];
  for (const row of rows) {
    const timings = await measureRow(row, contenders, { rounds: options.rounds ?? 7, slice: options.slice ?? 60 });
    const { make: _, ...facts } = row;
    const result = { row: facts, timings };
    results.push(result);
    print(rowText(result, ceilings));
  }
  const report = { machine, date: new Date().toISOString(), ceilings, results };
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(report, undefined, 1));
  if (options.html !== undefined) writeFileSync(options.html, reportHtml(report));
  return report;
}

function describeMachine(): Record<string, string> {
  // Read from the file: the packages' exports hide their package.json.
  const version = (name: string): string => {
    try {
      return (JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as { version: string }).version;
    } catch {
      return 'not installed';
    }
  };
  return {
    processor: `${cpus()[0]?.model ?? 'unknown'}, ${cpus().length} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    node: `${process.version} (V8 ${process.versions.v8})`,
    'onnxruntime-web': version('onnxruntime-web'), 'onnxruntime-node': version('onnxruntime-node'),
  };
}
