/** `npm run bench -- [filter] [--contenders REGEX] [--rounds N] [--json FILE] [--html FILE]` */
import { parseArgs } from 'node:util';
import { runBench } from './bench.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { contenders: { type: 'string' }, rounds: { type: 'string' }, slice: { type: 'string' }, json: { type: 'string' }, html: { type: 'string' } },
});
await runBench({
  ...(positionals[0] !== undefined && { filter: new RegExp(positionals[0]) }),
  ...(values.contenders !== undefined && { contenders: new RegExp(values.contenders) }),
  ...(values.rounds !== undefined && { rounds: Number(values.rounds) }),
  ...(values.slice !== undefined && { slice: Number(values.slice) }),
  ...(values.json !== undefined && { json: values.json }),
  ...(values.html !== undefined && { html: values.html }),
});
process.exit(0); // onnxruntime keeps handles open
