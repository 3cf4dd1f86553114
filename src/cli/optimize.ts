import { statSync, writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { collect, integer, sessionOptions, withSession, type SessionFlags } from './options.ts';
import { formatBytes, print } from './text.ts';
import { logLines, passTable } from './trail.ts';

interface Flags extends SessionFlags {
  readonly output: string;
  readonly log?: boolean;
  readonly disable?: readonly string[];
  readonly stopAfter?: number;
  readonly exact?: boolean;
}

export const optimizeCommand = withSession(new Command('optimize'))
  .summary('write an optimized model')
  .description('Optimizes a model and writes it as ONNX, with the operators of ai.onnx and com.microsoft, that onnxruntime loads.')
  .argument('<model>', 'the .onnx file')
  .requiredOption('-o, --output <file>', 'the file to write')
  .option('--log', 'show every patch and every refusal with its reason')
  .addOption(new Option('--disable <pass>', 'a pass not to run. May be repeated').argParser(collect))
  .addOption(new Option('--stop-after <n>', 'apply only the first n patches, to bisect').argParser(integer(0)))
  .option('--exact', 'only passes that keep results bit for bit')
  .action(optimize);

async function optimize(model: string, flags: Flags): Promise<void> {
  const { InferenceSession } = await import('../main.ts');
  const session = await InferenceSession.create(model, {
    ...sessionOptions(flags), allowInexact: flags.exact !== true,
    ...(flags.disable && { disabledPasses: flags.disable }), ...(flags.stopAfter !== undefined && { stopAfterPatch: flags.stopAfter }),
  });
  const bytes = session.save();
  writeFileSync(flags.output, bytes);
  const { passes, nodesBefore, nodesAfter } = session.explain();
  if (flags.log) for (const line of logLines(passes)) print(line);
  if (passes.length > 0) print(`${flags.log ? '\n' : ''}${passTable(passes)}\n`);
  print(`${flags.output}: ${nodesBefore} -> ${nodesAfter} nodes, ${formatBytes(statSync(model).size)} -> ${formatBytes(bytes.length)}`);
  await session.release();
}
