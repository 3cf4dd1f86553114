/** Operators that are left to the scalar provider on purpose, with the reason. */
const because = (reason: string, ...operators: readonly string[]): [string, string][] => operators.map((key) => [key, reason]);

const LEFT: ReadonlyMap<string, string> = new Map([
  ...because('moves no elements: the result is the same memory', 'Flatten', 'Identity', 'Reshape', 'Squeeze', 'Unsqueeze'),
  ...because('reads no elements', 'Shape', 'Size'),
  ...because('runs a graph of its own', 'If', 'Loop', 'Scan'),
]);

/** Why the operator has no adapter. */
export const whyLeft = (key: string): string => LEFT.get(key) ?? `no wasm kernel for ${key}`;
