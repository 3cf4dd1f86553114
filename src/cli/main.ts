/** The `nibble` command. Each subcommand is a file that declares itself; its work is imported when it runs. */
import { Command, CommanderError } from 'commander';
import { OnnxError } from '../errors.ts';
import '../everything.ts';
import { benchCommand } from './bench.ts';
import { bisectCommand } from './bisect.ts';
import { conformCommand } from './conform.ts';
import { demoCommand } from './demo.ts';
import { diffCommand } from './diff.ts';
import { fuzzCommand } from './fuzz.ts';
import { generateCommand } from './generate.ts';
import { inspectCommand } from './inspect.ts';
import { optimizeCommand } from './optimize.ts';
import { version } from './package.ts';
import { reproCommand } from './repro.ts';
import { runCommand } from './run.ts';
import { hasColors, paint, WIDTH } from './text.ts';

const program = new Command('nibble')
  .description('A glass-box ONNX runtime for quantized models.')
  .version(version)
  .option('--debug', 'print stack traces of errors')
  .configureHelp({ helpWidth: Math.min(process.stdout.columns ?? WIDTH, WIDTH) })
  .configureOutput({ getOutHasColors: () => hasColors(process.stdout), getErrHasColors: () => hasColors(process.stderr) })
  .showHelpAfterError('(add --help for the options)')
  .exitOverride();

const COMMANDS = [runCommand, inspectCommand, optimizeCommand, diffCommand, bisectCommand, generateCommand, conformCommand, reproCommand, fuzzCommand, benchCommand, demoCommand];
for (const command of COMMANDS) program.addCommand(command.copyInheritedSettings(program));

/** Runs the command with these arguments; returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  process.exitCode = 0;
  try {
    await program.parseAsync(args, { from: 'user' });
    return process.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode; // it has printed its message
    report(error);
    return 1;
  }
}

function report(error: unknown): void {
  const debug = program.opts<{ debug?: boolean }>().debug === true;
  const known = error instanceof OnnxError || (error instanceof Error && 'syscall' in error);
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${paint('red', 'error:', process.stderr)} ${text.replaceAll('\n', ' ')}\n`);
  if (debug && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  else if (!known) process.stderr.write('This is a bug in nibble; --debug shows where.\n');
}
