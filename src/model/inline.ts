/**
 * Calls of model-local functions, replaced by the function's body: formal names stand for the caller's edges, attribute
 * references for the caller's attributes, and every other name gets the call's name as prefix. Nodes keep being read
 * under the opsets their function imports.
 */
import { fail } from '../errors.ts';
import type { GraphBuild } from './build-graph.ts';
import { describe } from './check-functions.ts';
import { opsetMap } from './opsets.ts';
import type { FunctionProto, NodeProto } from './proto.ts';
import { Scope, type BoundAttribute } from './scope.ts';
import { declaredTypes } from './types.ts';

export function inlineCall(build: GraphBuild, fn: FunctionProto, call: NodeProto, index: number, caller: Scope): void {
  const { graph, frame } = caller;
  const { input = [], output = [] } = call;
  checkCount('inputs', input!.length, fn.input?.length ?? 0);
  checkCount('outputs', output!.length, fn.output?.length ?? 0);
  const attributes = new Map<string, BoundAttribute>();
  const opsets = opsetMap(fn.opsetImport, `function ${describe(fn)}`);
  const body = new Scope(graph, { prefix: `${frame.prefix}${call.name || `${call.opType}_${index}`}/`, opsets, attributes });
  bindAttributes(build, fn, call, caller, body, attributes);
  (fn.input ?? []).forEach((formal, i) => {
    const name = input![i] ?? '';
    body.bind(formal, name === '' ? undefined : caller.find(name));
  });
  const types = declaredTypes(fn.valueInfo ?? []);
  (fn.output ?? []).forEach((formal, i) => {
    const name = output![i] ?? '';
    if (name === '') return;
    const actual = caller.find(name)!;
    if (!body.defines(formal)) {
      body.bind(formal, actual);
      actual.type ??= types.get(formal);
      return;
    }
    // The function hands an input through: an edge has one producer, so the call's output is a copy.
    const source = body.find(formal) ?? fail('E_MODEL', 'a function returns an input that the call leaves out', { arg: { kind: 'input', name: formal } });
    graph.addNode({ opType: 'Identity', name: `${body.frame.prefix}${formal}`, inputs: [source], outputs: [actual], opset: opsets.get('') });
  });
  build.nodes(fn.node ?? [], body, types);
}

function bindAttributes(
  build: GraphBuild, fn: FunctionProto, call: NodeProto, caller: Scope, body: Scope, into: Map<string, BoundAttribute>,
): void {
  for (const proto of fn.attributeProto ?? []) into.set(proto.name!, { proto, scope: body });
  const known = new Set([...(fn.attribute ?? []), ...into.keys()]);
  for (const proto of call.attribute ?? []) {
    const name = proto.name!;
    if (!known.has(name)) fail('E_ATTRIBUTE', `the function has no attribute ${JSON.stringify(name)}`, { arg: { kind: 'attribute', name }, expected: [...known].join(', ') || 'no attributes' });
    const given = build.resolve(proto, caller);
    if (given !== undefined) into.set(name, given);
  }
}

function checkCount(what: string, given: number, formal: number): void {
  if (given > formal) fail('E_MODEL', `too many ${what} for a function`, { expected: `at most ${formal}`, found: String(given) });
}
