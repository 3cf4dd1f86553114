/**
 * The rules of the ONNX checker that need no operator knowledge, walked over the decoded messages before a graph is
 * built. Differences: nodes may stand in any order, com.microsoft need not be imported, and types of outputs may be
 * left to inference, all as in onnxruntime; data that is too long, or given twice, is refused.
 * https://github.com/onnx/onnx/blob/main/docs/IR.md
 */
import { fail } from '../errors.ts';
import { checkFunctions } from './check-functions.ts';
import { checkGraph } from './check-graph.ts';
import { checkLimit, type Limits } from './limits.ts';
import { FunctionLibrary } from './functions.ts';
import { opsetMap } from './opsets.ts';
import { has, toNumber, type ModelProto } from './proto.ts';

const MIN_IR = 3, MAX_IR = 14;
/** The IR version since which functions are part of the format. */
const FUNCTIONS_SINCE = 8;

/** Throws `E_MODEL`, `E_EXTERNAL_DATA` or `E_LIMIT` for the first rule that is broken. */
export function checkModel(proto: ModelProto, limits: Limits): void {
  const graph = proto.graph ?? fail('E_PARSE', 'the bytes are not an ONNX model', { expected: 'a graph', found: 'none' });
  const ir = toNumber(proto.irVersion);
  if (!(ir >= MIN_IR && ir <= MAX_IR)) {
    fail('E_MODEL', 'the IR version is not supported', { expected: `${MIN_IR} to ${MAX_IR}`, found: has(proto, 'irVersion') ? String(ir) : 'none' });
  }
  const opsets = opsetMap(proto.opsetImport, 'the model');
  if (opsets.size === 0) fail('E_MODEL', 'the model imports no opset', { expected: 'opset_import' });
  const keys = new Set<string>();
  for (const { key } of proto.metadataProps ?? []) {
    if (keys.has(key ?? '')) fail('E_MODEL', `the metadata key ${JSON.stringify(key ?? '')} is given twice`);
    keys.add(key ?? '');
  }
  const functions = proto.functions ?? [];
  if (functions.length > 0 && ir < FUNCTIONS_SINCE) fail('E_MODEL', 'functions need a newer IR version', { expected: `${FUNCTIONS_SINCE} or above`, found: String(ir) });
  checkLimit(limits, 'functions', functions.length, 'the number of functions');
  const library = new FunctionLibrary(functions);
  checkFunctions(library, ir, opsets, limits);
  checkGraph(graph, { limits, ir, opsets, path: 'main', attributes: undefined }, undefined);
  checkLimit(limits, 'nodes', library.expandedSize(graph.node ?? []), 'the number of nodes, functions inlined,');
}
