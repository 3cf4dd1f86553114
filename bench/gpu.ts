/**
 * The GPU providers on a real GPU: correctness against the cpu provider, the targets against onnxruntime-node's WebGPU provider on the same
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
import '../src/gpu.ts';
import { DEVICE, ours, onnxruntime, type GpuContender } from './gpu/contenders.ts';
import { difference } from './measure.ts';
import { measure, resultText, show } from './gpu/measure.ts';
import { digits, tokens, type Verdict } from './gpu/networks.ts';
import { overheads } from './gpu/overhead.ts';
import { gpuHtml, type GpuReport, type GpuResult, type OddShapes } from './gpu/report.ts';
import { bandwidth, residentRows, residentTiles } from './gpu/resident.ts';
import { transfers } from './gpu/transfer.ts';
import { gpuRows, ODD_ROWS, VARIANTS, type GpuRow } from './gpu/rows.ts';

const { values: args } = parseArgs({
  options: {
    models: { type: 'string', default: 'llm' }, json: { type: 'string' }, html: { type: 'string' }, rounds: { type: 'string', default: '5' }, slice: { type: 'string', default: '100' },
    only: { type: 'string' }, skip: { type: 'string' }, brief: { type: 'boolean', default: false },
  },
});
const started = performance.now();
const print = (text: string): void => console.log(text);
const wanted = (name: string): boolean => (args.only === undefined || new RegExp(args.only).test(name)) && (args.skip === undefined || !new RegExp(args.skip).test(name));

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

/** Whether gpu.js is there: as a package, or bundled into this file. */
const hasGpuJs = await import('gpu.js').then(() => true, () => false);

function version(name: string): string {
  for (const folder of ['node_modules', '../node_modules']) {
    try {
      return (JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')) as { version: string }).version;
    } catch { /* the next one */ }
  }
  return 'not installed';
}

const { gpu, release } = await lease(DEVICE);
const machine = {
  adapter: gpu.description, vendor: `${gpu.info.vendor} ${gpu.info.architecture}`, node: process.version, processor: `${cpus()[0]?.model}, ${cpus().length} cores`,
  webgpu: version('webgpu'), 'onnxruntime-node': version('onnxruntime-node'), 'gpu.js': version('gpu.js') === 'not installed' && hasGpuJs ? 'bundled' : version('gpu.js'),
};
print(Object.entries(machine).map(([k, v]) => `${k}: ${v}`).join('\n'));
print(`limits: storage ${gpu.limits.maxComputeWorkgroupStorageSize}, invocations ${gpu.limits.maxComputeInvocationsPerWorkgroup}, binding ${gpu.limits.maxStorageBufferBindingSize}`);

const [cpu, mine, naive] = [ours('cpu'), ours('webgpu'), ours('gpu')];
const small = args.brief;

/** Odd shapes of a provider beside the cpu provider; what it declines is counted apart. */
async function oddShapes(contender: GpuContender): Promise<OddShapes> {
  const result = { agree: 0, of: 0, declined: 0 };
  for (const { row, tolerance } of ODD_ROWS) {
    try {
      const subject = await row.make();
      const [a, b] = [await cpu.prepare(subject, 'new'), await contender.prepare(subject, 'new')];
      const off = difference(await a.output(), await b.output());
      if (b.note !== 'all nodes') result.declined++;
      else if (++result.of && off <= tolerance) result.agree++;
      else print(`  ${row.name}: off by ${off.toExponential(2)}, allowed ${tolerance}`);
      await a.dispose();
      await b.dispose();
    } catch (error) {
      result.of++;
      print(`  ${row.name}: ${(error as Error).message.slice(0, 300)}`);
    }
  }
  print(`  ${result.agree} of ${result.of} agree, ${result.declined} declined`);
  return result;
}

const correct: GpuReport['correct'][number][] = [];
/** What a provider computes: odd shapes beside the cpu provider, and whole networks beside what is recorded of them. */
async function correctness(provider: string, contender: GpuContender, prompts: number): Promise<void> {
  const odd = await part(`correctness of ${provider}, odd shapes against cpu`, () => oddShapes(contender));
  const verdicts: Verdict[] = [];
  const judge = (list: readonly (Verdict | undefined)[]): void => {
    for (const v of list) {
      if (v === undefined) continue;
      print(`  ${v.agrees ? 'ok  ' : 'FAIL'} ${v.name}: ${v.found}`);
      verdicts.push(v);
    }
  };
  await part(`digits on ${provider}`, async () => judge(await digits(provider)));
  if (!small) await part(`language models on ${provider}`, async () => { for (const [variant] of VARIANTS) judge([await tokens(provider, args.models, variant, prompts)]); });
  correct.push({ provider, odd, verdicts });
}

await correctness('webgpu', mine, 4);

await part('features', async () => {
  const { create } = await import('webgpu');
  for (const [name, flags] of [['as they come', []], ['with vulkan_enable_f16_on_nvidia', ['enable-dawn-features=vulkan_enable_f16_on_nvidia,allow_unsafe_apis']]] as const) {
    const adapter = await create([...flags]).requestAdapter(DEVICE);
    print(`  ${name}: ${[...(adapter?.features ?? [])].sort().join(', ')}`);
  }
});

const speed = await part('bandwidth and resident products', async () => {
  const width = await bandwidth(gpu, small ? 4 : 512, small ? 0 : 1);
  print(`  read ${width.read.toFixed(0)} GB/s, copy ${width.copy.toFixed(0)} GB/s (read and written)`);
  const most = Math.min(1024, gpu.limits.maxComputeInvocationsPerWorkgroup);
  const tiles = [2, 4, 8].flatMap((lanes) => [32, 64, 128].filter((depth) => lanes * depth >= 128 && lanes * depth <= most).map((depth) => ({ lanes, depth, rows: 1 })));
  const rows = [];
  for (const level of [0, 4] as const) rows.push(...(await residentRows(gpu, level, small ? 256 : 4096, small ? 2 : 24, tiles, small ? 2 : 480)));
  for (const v of rows) print(`  ${v.name.padEnd(40)} ${(v.ms * 1000).toFixed(2).padStart(8)} us ${v.rate.toFixed(0).padStart(6)} GB/s, ${((100 * v.rate) / width.read).toFixed(0)} % of reading, ${((100 * v.rate) / width.copy).toFixed(0)} % of copying`);
  return { ...width, rows };
});

const cost = await part('overheads', async () => {
  const list = [...(await overheads(gpu)), ...(small ? await transfers(gpu, 128, 1) : await transfers(gpu))];
  for (const { name, ms } of list) print(`  ${name.padEnd(48)} ${show(ms)} ms`);
  return list;
});

const tiles = await part('tiles', async () => {
  const list = await residentTiles(gpu, small ? 256 : 4096);
  for (const v of list) print(`  ${v.name.padEnd(48)} ${(v.ms * 1000).toFixed(1).padStart(9)} us ${(v.rate / 1000).toFixed(2).padStart(7)} TOPS`);
  return list;
});

const results: GpuResult[] = [];
/** Writes what there is so far. */
function save(): void {
  const report: GpuReport = { machine, date: new Date().toISOString(), correct, overheads: cost, bandwidth: speed, tiles, results };
  if (args.json !== undefined) writeFileSync(args.json, JSON.stringify(report, undefined, 1));
  if (args.html !== undefined) writeFileSync(args.html, gpuHtml(report));
}
/** Each row with these contenders; a row of a language model is held against the cpu provider, the others against onnxruntime's. */
async function rows(list: readonly GpuRow[], contenders: readonly GpuContender[], suffix = ''): Promise<void> {
  for (const row of list) {
    const named = { ...row, row: { ...row.row, name: `${row.row.name}${suffix}` } };
    const reference = row.row.kernel === 'language model' ? cpu : onnxruntime('cpu');
    const result = await part(named.row.name, () => measure(named, contenders, reference, { rounds: Number(args.rounds), slice: Number(args.slice) }));
    if (result === undefined) continue;
    print(resultText(result));
    results.push(result);
  }
}

const all = small ? [] : gpuRows(args.models);
await rows(all, [mine, onnxruntime('webgpu'), onnxruntime('cpu')]);
save();
if (hasGpuJs) {
  await correctness('gpu', naive, 2);
  await rows(all.filter(({ naive: taken }) => taken).map((row) => ({ ...row, target: undefined })), [naive, mine], ', gpu.js');
}

save();
print(`\n== summary (${((performance.now() - started) / 1000).toFixed(0)} s)`);
for (const r of results.filter((r) => r.target !== undefined)) print(`  ${r.name.padEnd(60)} ratio ${r.ratio.toFixed(2).padStart(7)} target ${r.target} ${r.ratio >= (r.target ?? 0) ? 'met' : 'MISSED'}${r.exact ? '' : ', DIFFERS'}`);
for (const { provider, odd, verdicts } of correct) {
  const wrong = verdicts.filter((v) => !v.agrees);
  print(`  ${provider}: ${odd?.agree} of ${odd?.of} odd shapes agree, ${verdicts.length - wrong.length} of ${verdicts.length} networks as recorded`);
}
if (speed !== undefined) {
  const most = Math.max(speed.read, speed.copy), best = speed.rows[0];
  print(`  ${`resident MatMulNBits: ${best.rate.toFixed(0)} of ${most.toFixed(0)} GB/s`.padEnd(60)} ${((100 * best.rate) / most).toFixed(0)} % target 40 % ${best.rate >= 0.4 * most ? 'met' : 'MISSED'}`);
}
release();
process.exit(0); // onnxruntime keeps handles open
