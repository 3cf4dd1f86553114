import { Command, Option } from 'commander';
import type { Explanation } from '../index.ts';
import type { Inspection, OperatorUse } from './inspection.ts';
import { collect, sessionOptions, withSession, type SessionFlags } from './options.ts';
import { bold, count, formatBytes, print, table, WIDTH, wrap } from './text.ts';
import { passTable } from './trail.ts';

interface Flags extends SessionFlags {
  readonly dim?: readonly string[];
  readonly nodes?: boolean;
  readonly json?: boolean;
}

export const inspectCommand = withSession(new Command('inspect'))
  .summary('show what is in a model')
  .description('Shows inputs, outputs, quantization, operators with the providers that run them, parameters, optimization and memory.')
  .argument('<model>', 'the .onnx file')
  .addOption(new Option('--dim <name=size>', 'size of a free dimension, for the memory plan. May be repeated').argParser(collect))
  .option('--nodes', 'list every node as it runs, with its provider')
  .option('--json', 'everything as JSON')
  .action(inspect);

async function inspect(model: string, flags: Flags): Promise<void> {
  const { inspectModel } = await import('./inspection.ts');
  const { parseDim } = await import('./feeds.ts');
  const dims = (flags.dim ?? []).reduce<ReadonlyMap<string, number>>((map, text) => parseDim(text, map), new Map());
  const found = await inspectModel(model, sessionOptions(flags), dims);
  if (flags.json) return print(JSON.stringify(found, undefined, 1));
  const { session } = found;
  printHead(found);
  printOperators(found);
  if ('error' in session) {
    section(`Session at level ${flags.level}`);
    paragraph(`refused: ${session.error}`);
    return;
  }
  printSession(session, flags.level);
  printMemory(session, found.noPlan);
  if (flags.nodes) printNodes(session);
}

const section = (title: string): void => print(`\n${bold(title)}`);
const paragraph = (text: string): void => print(wrap(text, WIDTH - 2).map((l) => `  ${l}`).join('\n'));

function printHead(found: Inspection): void {
  const opsets = Object.entries(found.opsets).map(([domain, version]) => `${domain} ${version}`).join(', ');
  print(bold(found.file));
  const nodes = `${count(found.nodes, 'node')}${found.subgraphs > 0 ? ` (${count(found.subgraphs, 'subgraph')})` : ''}`;
  const facts = [formatBytes(found.fileBytes), nodes, `IR ${found.irVersion}`, `opset ${opsets}`];
  if (found.producer !== '') facts.push(`made by ${found.producer}`);
  paragraph(facts.join(', '));
  for (const [key, value] of Object.entries(found.metadata)) paragraph(`${key}: ${value.slice(0, 200)}`);
  section('Inputs and outputs');
  const rows = [...found.inputs.map((i) => ['input', i.name, i.type]), ...found.outputs.map((o) => ['output', o.name, o.type])];
  print(table([{ title: '' }, { title: 'name' }, { title: 'type' }], rows, 2));
  section('Quantization');
  if (found.quantization.length === 0) paragraph('none');
  else {
    const rows = found.quantization.map((q) => [q.nodes, q.format, q.detail]);
    print(table([{ title: 'nodes', align: 'right' }, { title: 'format' }, { title: 'detail' }], rows, 2));
  }
  section('Parameters');
  const total = found.parameters.reduce((sum, p) => sum + p.bytes, 0);
  print(table(
    [{ title: 'type' }, { title: 'tensors', align: 'right' }, { title: 'elements', align: 'right' }, { title: 'bytes', align: 'right' }, { title: '' }],
    found.parameters.map((p) => [p.type, p.tensors, p.elements, p.bytes, `${((100 * p.bytes) / Math.max(total, 1)).toFixed(1)} %`]), 2,
  ));
}

function printOperators({ operators, providers }: Inspection): void {
  section('Operators');
  const cell = (use: OperatorUse, provider: string): string => {
    const { nodes } = use.support[provider]!;
    return nodes === use.nodes ? 'yes' : nodes === 0 ? '-' : `${nodes} of ${use.nodes}`;
  };
  print(table(
    [{ title: 'nodes', align: 'right' }, { title: 'operator' }, ...providers.map((title) => ({ title }))],
    operators.map((use) => [use.nodes, use.operator, ...providers.map((p) => cell(use, p))]), 2,
  ));
  const declined = new Map<string, Set<string>>();
  for (const { operator, support } of operators) {
    for (const p of providers) {
      for (const reason of support[p]!.reasons) {
        const key = `${p}\t${reason.replaceAll(operator, 'this operator')}`;
        declined.set(key, (declined.get(key) ?? new Set()).add(operator));
      }
    }
  }
  for (const [key, which] of declined) {
    const [provider, reason] = key.split('\t');
    print();
    paragraph(`${provider}: ${reason}: ${[...which].join(', ')}`);
  }
}

function printSession(session: Explanation, level: string): void {
  section(`Session at level ${level}`);
  const places = Object.entries(session.providers).map(([p, n]) => `${p} ${n}`).join(', ');
  paragraph(`${session.nodesBefore} nodes before optimization, ${session.nodesAfter} after; ${places}`);
  for (const { name, reason } of session.unavailable) paragraph(`provider ${name} is not available: ${reason}`);
  if (session.passes.length > 0) print(`\n${passTable(session.passes)}`);
}

function printMemory(session: Explanation, noPlan: string | undefined): void {
  section('Memory plan');
  for (const plan of session.memory) {
    const sizes = `${formatBytes(plan.plannedBytes)} share an arena of ${formatBytes(plan.arenaBytes)}`;
    paragraph(`${plan.values} values of ${sizes} (at most ${formatBytes(plan.peakBytes)} alive at once) for ${plan.signature}`);
  }
  if (noPlan !== undefined) paragraph(`not made: ${noPlan}`);
}

function printNodes(session: Explanation): void {
  section('Nodes as they run');
  const op = (n: Explanation['nodes'][number]): string => (n.domain === '' ? n.opType : `${n.domain}.${n.opType}`);
  const rows = session.nodes.map((n) => {
    const names = [n.name, ...n.origin.filter((o) => o !== n.name)].join(' < ');
    return [n.provider, op(n), n.refused.length > 0 ? `${names} (${n.reason})` : names];
  });
  print(table([{ title: 'provider' }, { title: 'operator' }, { title: 'node, and the original nodes it stands for' }], rows, 2));
}
