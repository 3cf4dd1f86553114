/** Writes a case folder: model.onnx and one data set. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeValue } from '../src/model/index.ts';
import type { Value } from '../src/tensor/index.ts';

/** Name and value, in the order of the model's inputs or outputs; without a value, no file. */
export type NamedValue = readonly [name: string, value: Value | undefined];

export interface CaseContent {
  readonly model: Uint8Array;
  readonly inputs: readonly NamedValue[];
  readonly outputs: readonly NamedValue[];
  /** What onnxruntime gives, where it differs. */
  readonly ortOutputs?: readonly NamedValue[];
  /** Content of data.json. */
  readonly notes?: Readonly<Record<string, unknown>>;
}

export function writeCase(dir: string, { model, inputs, outputs, ortOutputs = [], notes }: CaseContent): void {
  const set = join(dir, 'test_data_set_0');
  mkdirSync(set, { recursive: true });
  writeFileSync(join(dir, 'model.onnx'), model);
  const write = (values: readonly NamedValue[], file: (j: number) => string): void => values.forEach(([name, value], j) => {
    if (value !== undefined) writeFileSync(join(set, file(j)), encodeValue(value, name));
  });
  write(inputs, (j) => `input_${j}.pb`);
  write(outputs, (j) => `output_${j}.pb`);
  write(ortOutputs, (j) => `output_${j}.ort.pb`);
  if (notes !== undefined) writeFileSync(join(dir, 'data.json'), `${JSON.stringify(notes)}\n`);
}
