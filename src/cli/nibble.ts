#!/usr/bin/env node
/** The `nibble` command. Each subcommand is a file that declares itself; its work is imported when it runs. */
import { Command, CommanderError } from 'commander';
import { OnnxError } from '../errors.ts';
import { conformCommand } from './conform.ts';
import { demoCommand } from './demo.ts';
import { generateCommand } from './generate.ts';
import { inspectCommand } from './inspect.ts';
import { optimizeCommand } from './optimize.ts';
import { version } from './package.ts';
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

for (const command of [runCommand, inspectCommand, optimizeCommand, generateCommand, conformCommand, demoCommand]) program.addCommand(command.copyInheritedSettings(program));

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0); // the reader, say `head`, has seen enough
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode; // it has printed its message
  else report(error);
}

function report(error: unknown): void {
  const debug = program.opts<{ debug?: boolean }>().debug === true;
  const known = error instanceof OnnxError || (error instanceof Error && 'syscall' in error);
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${paint('red', 'error:', process.stderr)} ${text.replaceAll('\n', ' ')}\n`);
  if (debug && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  else if (!known) process.stderr.write('This is a bug in nibble; --debug shows where.\n');
  process.exitCode = 1;
}
