/** Rules of model-local functions: unique names, sound bodies, and calls that end. */
import { fail } from '../errors.ts';
import { findOp } from '../ops/registry.ts';
import { checkNodes, Names, refuseDuplicates } from './check-graph.ts';
import { checkAttribute, domainOf } from './check-node.ts';
import { functionKey, subgraphs, type FunctionLibrary } from './functions.ts';
import { checkLimit, type Limits } from './limits.ts';
import { opsetMap } from './opsets.ts';
import type { FunctionProto, NodeProto } from './proto.ts';

export function checkFunctions(library: FunctionLibrary, ir: number, opsets: ReadonlyMap<string, number>, limits: Limits): void {
  const keys = new Set<string>();
  for (const fn of library.all) {
    if (!fn.name || !fn.domain) fail('E_MODEL', 'a function needs a name and a domain', { found: describe(fn) });
    const key = functionKey(fn.domain, fn.name, fn.overload);
    if (keys.has(key)) fail('E_MODEL', `the function ${describe(fn)} is defined twice`);
    keys.add(key);
    checkBody(fn, ir, limits);
    checkVersions(fn, fn.node ?? [], opsetMap(fn.opsetImport, describe(fn)), opsets);
  }
  const heights = new Map<FunctionProto, number>();
  for (const fn of library.all) height(fn, library, [], heights, limits);
}

export function describe(fn: FunctionProto): string {
  return `${fn.domain ?? ''}.${fn.name ?? ''}${fn.overload ? `:${fn.overload}` : ''}`;
}

function checkBody(fn: FunctionProto, ir: number, limits: Limits): void {
  const what = `function ${describe(fn)}`;
  const place = {
    limits, ir, path: what, opsets: opsetMap(fn.opsetImport, what),
    attributes: new Set([...(fn.attribute ?? []), ...(fn.attributeProto ?? []).map((a) => a.name ?? '')]),
  };
  refuseDuplicates(fn.input ?? [], `inputs of ${what}`);
  refuseDuplicates(fn.output ?? [], `outputs of ${what}`);
  refuseDuplicates([...(fn.attribute ?? []), ...(fn.attributeProto ?? []).map((a) => a.name ?? '')], `attributes of ${what}`);
  const names = new Names(undefined);
  for (const input of fn.input ?? []) names.define(input, 'input', place);
  // Defaults stand outside of the body: they refer to nothing.
  for (const a of fn.attributeProto ?? []) checkAttribute(a, { ...place, attributes: undefined }, new Names(undefined));
  checkNodes(fn.node ?? [], names, place);
  for (const output of fn.output ?? []) {
    if (!names.has(output)) fail('E_MODEL', `an output of ${what} is not produced`, { arg: { kind: 'output', name: output } });
  }
}

/** A function may import other opsets than the model, as long as its operators mean the same in both. */
function checkVersions(fn: FunctionProto, nodes: readonly NodeProto[], own: ReadonlyMap<string, number>, model: ReadonlyMap<string, number>): void {
  for (const node of nodes) {
    const domain = domainOf(node);
    const op = findOp(domain, node.opType ?? '');
    const [inside, outside] = [own.get(domain), model.get(domain)];
    if (op !== undefined && inside !== undefined && outside !== undefined && op.at(inside)?.since !== op.at(outside)?.since) {
      fail('E_MODEL', `the function ${describe(fn)} reads ${op.type} under another version than the model`, {
        expected: `opset ${outside} of ${domain || 'ai.onnx'}, or one in which ${op.type} is the same`, found: `opset ${inside}`,
      });
    }
    for (const graph of subgraphs(node)) checkVersions(fn, graph.node ?? [], own, model);
  }
}

/** Longest chain of calls that starts at a function. */
function height(fn: FunctionProto, library: FunctionLibrary, path: readonly FunctionProto[], heights: Map<FunctionProto, number>, limits: Limits): number {
  const known = heights.get(fn);
  if (known !== undefined) {
    checkLimit(limits, 'callDepth', path.length + known, 'the nesting of function calls');
    return known;
  }
  if (path.includes(fn)) fail('E_MODEL', 'a function calls itself', { found: [...path.slice(path.indexOf(fn)), fn].map(describe).join(' -> ') });
  checkLimit(limits, 'callDepth', path.length + 1, 'the nesting of function calls');
  let tallest = 0;
  for (const callee of new Set(library.callees(fn.node ?? []))) {
    tallest = Math.max(tallest, height(callee, library, [...path, fn], heights, limits));
  }
  heights.set(fn, tallest + 1);
  return tallest + 1;
}
