/**
 * The WebGPU provider on a real GPU: correctness against the cpu provider, the targets against onnxruntime-node's WebGPU provider on the same
 * inputs and outputs in the host's memory, and what the kernels reach with everything in the GPU's. Every part stands on its own and prints
 * what it finds at once; a part that fails says so and the next one runs.
 *
 *     tsx bench/gpu.ts [--models DIR] [--json FILE] [--html FILE] [--rounds N] [--slice MS] [--only REGEX] [--skip REGEX] [--brief]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { lease } from '../kernels/webgpu/runtime/start.ts';
import '../src/webgpu.ts';
import { ours, onnxruntime, type GpuContender } from './gpu/contenders.ts';
import { difference } from './measure.ts';
import { overheads } from './gpu/overhead.ts';
import { gpuHtml, type GpuReport, type GpuResult } from './gpu/report.ts';
import { bandwidth, residentRows, residentTiles } from './gpu/resident.ts';
import { gpuRows, ODD_ROWS, type GpuRow } from './gpu/rows.ts';

const { values: args } = parseArgs({
  options: {
    models: { type: 'string', default: 'llm' }, json: { type: 'string' }, html: { type: 'string' }, rounds: { type: 'string', default: '5' }, slice: { type: 'string', default: '100' },
    only: { type: 'string' }, skip: { type: 'string' }, brief: { type: 'boolean', default: false },
  },
});
const started = performance.now();
const print = (text: string): void => console.log(text);
const wanted = (name: string): boolean => (args.only === undefined || new RegExp(args.only).test(name)) && (args.skip === undefined || !new RegExp(args.skip).test(name));
const show = (ms: number): string => ms.toFixed(ms >= 10 ? 1 : 3);

/** Runs a part and survives it. */
async function part<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
  if (!wanted(name)) return undefined;
  print(`\n== ${name} (${((performance.now() - started) / 1000).toFixed(0)} s)`);
  try {
    return await work();
  } catch (error) {
    print(`  FAILED: ${error instanceof Error ? `${error.message}\n${error.stack?.split('\n').slice(1, 4).join('\n')}` : String(error)}`);
    return undefined;
  }
}

/** Prepares each contender, compares outputs with the reference, then times in turns. */
async function measure({ row, target, tolerance }: GpuRow, contenders: readonly GpuContender[], reference: GpuContender): Promise<GpuResult> {
  const subject = await row.make();
  const expected = await reference.prepare(subject).then(async (r) => {
    const out = Array.from(await r.output(), Number);
    await r.dispose();
    return out;
  }).catch(() => undefined);
  const ready = [];
  const timings: GpuResult['timings'][number][] = [];
  for (const contender of contenders) {
    try {
      const runner = await contender.prepare(subject);
      for (let i = 0; i < 4; i++) await runner.run();
      const off = expected === undefined ? NaN : difference(expected, await runner.output());
      ready.push({ contender, runner, off, samples: [] as number[] });
    } catch (error) {
      timings.push({ contender: contender.name, median: NaN, min: NaN, samples: 0, difference: NaN, note: `failed: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}` });
    }
  }
  for (let round = 0; round < Number(args.rounds); round++) {
    for (const { runner, samples } of round % 2 === 0 ? ready : [...ready].reverse()) {
      await runner.run(); // the other's work has cooled caches and clocks
      const end = performance.now() + Number(args.slice);
      for (let i = 0; i < 3 || performance.now() < end; i++) {
        const from = performance.now();
        await runner.run();
        samples.push(performance.now() - from);
      }
    }
  }
  for (const { contender, runner, off, samples } of ready) {
    samples.sort((a, b) => a - b);
    timings.push({ contender: contender.name, median: samples[samples.length >> 1], min: samples[0], samples: samples.length, difference: off, note: runner.note });
    await runner.dispose().catch(() => undefined);
  }
  const [mine, theirs] = ['nibble webgpu', 'ort-node webgpu'].map((name) => timings.find((t) => t.contender === name));
  const ratio = mine === undefined || theirs === undefined ? NaN : theirs.median / mine.median;
  const exact = mine !== undefined && mine.difference <= tolerance;
  print(row.name);
  for (const t of timings) print(`  ${t.contender.padEnd(16)} ${show(t.median).padStart(9)} ms  min ${show(t.min).padStart(9)}  off ${t.difference.toExponential(1)}  ${t.note}`);
  print(`  ratio ${ratio.toFixed(2)}${target === undefined ? '' : `, target ${target}: ${ratio >= target ? 'met' : 'MISSED'}`}; result ${exact ? 'agrees' : `DIFFERS (allowed ${tolerance})`}`);
  return { name: row.name, target, ratio, exact, timings };
}

function version(name: string): string {
  for (const folder of ['node_modules', '../node_modules']) {
    try {
      return (JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')) as { version: string }).version;
    } catch { /* the next one */ }
  }
  return 'not installed';
}

const { gpu, release } = await lease({ powerPreference: 'high-performance' });
const machine = {
  adapter: gpu.description, vendor: `${gpu.info.vendor} ${gpu.info.architecture}`, node: process.version, processor: `${cpus()[0]?.model}, ${cpus().length} cores`,
  webgpu: version('webgpu'), 'onnxruntime-node': version('onnxruntime-node'), 'gpu.js': version('gpu.js'),
};
print(Object.entries(machine).map(([k, v]) => `${k}: ${v}`).join('\n'));
print(`limits: storage ${gpu.limits.maxComputeWorkgroupStorageSize}, invocations ${gpu.limits.maxComputeInvocationsPerWorkgroup}, binding ${gpu.limits.maxStorageBufferBindingSize}`);

const [cpu, mine] = [ours('cpu'), ours('webgpu')];
const small = args.brief;

const odd = await part('correctness, odd shapes against cpu', async () => {
  let failed = 0;
  for (const { row, tolerance } of ODD_ROWS) {
    try {
      const subject = await row.make();
      const [a, b] = [await cpu.prepare(subject), await mine.prepare(subject)];
      const off = difference(await a.output(), await b.output());
      if (!(off <= tolerance)) {
        failed++;
        print(`  ${row.name}: off by ${off.toExponential(2)}, allowed ${tolerance}`);
      }
      await a.dispose();
      await b.dispose();
    } catch (error) {
      failed++;
      print(`  ${row.name}: ${(error as Error).message.slice(0, 300)}`);
    }
  }
  print(`  ${ODD_ROWS.length - failed} of ${ODD_ROWS.length} agree`);
  return { agree: ODD_ROWS.length - failed, of: ODD_ROWS.length };
});

const cost = await part('overheads', async () => {
  const list = await overheads(gpu);
  for (const { name, ms } of list) print(`  ${name.padEnd(40)} ${show(ms)} ms`);
  return list;
});

const speed = await part('bandwidth and resident products', async () => {
  const width = await bandwidth(gpu, small ? 4 : 512);
  print(`  read ${width.read.toFixed(0)} GB/s, copy ${width.copy.toFixed(0)} GB/s (read and written)`);
  const most = Math.min(1024, gpu.limits.maxComputeInvocationsPerWorkgroup);
  const tiles = [2, 4, 8].flatMap((lanes) => [32, 64, 128].filter((depth) => lanes * depth >= 128 && lanes * depth <= most).map((depth) => ({ lanes, depth, rows: 1 })));
  const rows = [];
  for (const level of [0, 4] as const) rows.push(...(await residentRows(gpu, level, small ? 256 : 4096, small ? 2 : 24, tiles, small ? 2 : 480)));
  for (const v of rows) print(`  ${v.name.padEnd(40)} ${(v.ms * 1000).toFixed(2).padStart(8)} us ${v.rate.toFixed(0).padStart(6)} GB/s, ${((100 * v.rate) / width.read).toFixed(0)} % of reading, ${((100 * v.rate) / width.copy).toFixed(0)} % of copying`);
  return { ...width, rows };
});

const tiles = await part('tiles', async () => {
  const list = await residentTiles(gpu, small ? 256 : 4096);
  for (const v of list) print(`  ${v.name.padEnd(48)} ${(v.ms * 1000).toFixed(1).padStart(9)} us ${(v.rate / 1000).toFixed(2).padStart(7)} TOPS`);
  return list;
});

const results: GpuResult[] = [];
const contenders = [mine, onnxruntime('webgpu'), onnxruntime('cpu')];
for (const row of small ? [] : gpuRows(args.models)) {
  const result = await part(row.row.name, () => measure(row, contenders, row.row.kernel === 'language model' ? cpu : onnxruntime('cpu')));
  if (result !== undefined) results.push(result);
}

const report: GpuReport = { machine, date: new Date().toISOString(), odd, overheads: cost, bandwidth: speed, tiles, results };
if (args.json !== undefined) writeFileSync(args.json, JSON.stringify(report, undefined, 1));
if (args.html !== undefined) writeFileSync(args.html, gpuHtml(report));
print(`\n== summary (${((performance.now() - started) / 1000).toFixed(0)} s)`);
for (const r of results) print(`  ${r.name.padEnd(60)} ratio ${r.ratio.toFixed(2).padStart(7)} target ${r.target} ${r.ratio >= (r.target ?? 0) ? 'met' : 'MISSED'}${r.exact ? '' : ', DIFFERS'}`);
if (speed !== undefined) {
  const most = Math.max(speed.read, speed.copy), best = speed.rows[0];
  print(`  ${`resident MatMulNBits: ${best.rate.toFixed(0)} of ${most.toFixed(0)} GB/s`.padEnd(60)} ${((100 * best.rate) / most).toFixed(0)} % target 40 % ${best.rate >= 0.4 * most ? 'met' : 'MISSED'}`);
}
release();
process.exit(0); // onnxruntime keeps handles open
