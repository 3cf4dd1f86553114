/**
 * Cases in the ONNX backend-test layout: CASE/model.onnx and CASE/test_data_set_K/{input,output}_J.pb.
 * https://github.com/onnx/onnx/blob/main/docs/OnnxBackendTest.md
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { OnnxError } from '../src/errors.ts';
import { decodeValue } from '../src/model/index.ts';
import type { Value, ValueType } from '../src/tensor/index.ts';

export interface Case {
  readonly name: string;
  readonly dir: string;
}

/** An input or output of a model, in the model's order. */
export interface Slot {
  readonly name: string;
  readonly type: ValueType | undefined;
}

export interface DataSet {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Value>>;
  /** An output without a file is not judged. */
  readonly outputs: Readonly<Record<string, Value>>;
}

/** All case folders below the given ones, in order of name. Throws `E_INPUT` for a folder that is not there. */
export function findCases(dirs: readonly string[], filter?: RegExp): Case[] {
  const cases: Case[] = [];
  const visit = (dir: string): void => {
    if (existsSync(join(dir, 'model.onnx'))) {
      const name = basename(dir);
      if (filter === undefined || filter.test(name)) cases.push({ name, dir });
      return;
    }
    for (const entry of readdirSync(dir, { withFileTypes: true })) if (entry.isDirectory()) visit(join(dir, entry.name));
  };
  for (const dir of dirs) {
    if (!existsSync(dir) || !statSync(dir).isDirectory()) throw new OnnxError('E_INPUT', `there is no folder ${dir}`);
    visit(dir);
  }
  return cases.sort((a, b) => (a.dir < b.dir ? -1 : a.dir > b.dir ? 1 : 0));
}

/** Names of a case's data sets, by number. */
export function dataSets(dir: string): string[] {
  return readdirSync(dir).filter((d) => /^test_data_set_\d+$/.test(d)).sort((a, b) => numberIn(a) - numberIn(b));
}

const numberIn = (name: string): number => Number(/\d+/.exec(name)?.[0]);

/** Which of a case's expected values: where the two differ, `output_J.ort.pb` stands beside `output_J.pb`. */
export type Column = 'specification' | 'onnxruntime';

/** Decodes a data set's files as the types of the model's inputs and outputs. */
export function readDataSet(dir: string, name: string, inputs: readonly Slot[], outputs: readonly Slot[], column: Column = 'specification'): DataSet {
  const folder = join(dir, name);
  return { name, inputs: readSlots(folder, inputs, (j) => [`input_${j}.pb`]), outputs: readOutputs(folder, outputs, column) };
}

export function readOutputs(folder: string, outputs: readonly Slot[], column: Column = 'specification'): Record<string, Value> {
  return readSlots(folder, outputs, (j) => [...(column === 'onnxruntime' ? [`output_${j}.ort.pb`] : []), `output_${j}.pb`]);
}

/** The first file that is there of those that a slot may have. */
function readSlots(folder: string, slots: readonly Slot[], files: (j: number) => readonly string[]): Record<string, Value> {
  const values: Record<string, Value> = {};
  slots.forEach((slot, j) => {
    const file = files(j).map((f) => join(folder, f)).find((f) => existsSync(f));
    if (file !== undefined) values[slot.name] = decodeValue(readFileSync(file), slot.type ?? { kind: 'tensor', dtype: 'float32' });
  });
  return values;
}

/** What a case says about itself in `data.json`: tolerances, why specification and onnxruntime differ, what is left open. */
export interface CaseNotes {
  readonly rtol?: number;
  readonly atol?: number;
  readonly divergence?: string;
  readonly open?: string;
}

export function readNotes(dir: string): CaseNotes {
  const file = join(dir, 'data.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as CaseNotes) : {};
}
