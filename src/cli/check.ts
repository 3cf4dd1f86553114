import { writeCase } from '../../conformance/write-case.ts';
import type { CheckReport } from '../index.ts';
import { describeDifference } from '../tensor/compare.ts';
import { count, print, red } from './text.ts';

/** Prints what a checked run found; a divergence goes to `folder` as a conformance case, and fails the command. */
export function showCheck({ checked, divergence }: CheckReport, folder: string): void {
  if (divergence === undefined) {
    print(`${count(checked, 'node')} checked on cpu: no divergence`);
    return;
  }
  const { node: { name, opType, domain }, provider, difference, repro: { model, inputs, outputs } } = divergence;
  writeCase(folder, { model, inputs: Object.entries(inputs), outputs: Object.entries(outputs) });
  print(`${red('divergence')} at ${domain === '' ? opType : `${domain}.${opType}`} ${name} on ${provider}: ${describeDifference(difference)}`);
  print(`the case is in ${folder}`);
  process.exitCode = 1;
}
