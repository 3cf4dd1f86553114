/** The Cast cases of the ONNX backend suite, through the numeric room alone. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeValue, loadModel } from '../../src/model/index.ts';
import { dtypeInfo, pack, unpack, type Tensor } from '../../src/tensor/index.ts';
import { sharedArchive } from '../shared.ts';

const suite = sharedArchive('suites', 'onnx-backend-1.23.1');
const folder = suite === undefined ? undefined : join(suite, 'node');
const cases = folder === undefined ? [] : readdirSync(folder).filter((name) => /^test_cast_/.test(name));

test.skipIf(folder === undefined)('Cast between narrow types equals the official outputs, element by element', () => {
  let compared = 0;
  for (const name of cases) {
    const read = (file: string) => readFileSync(join(folder!, name, file));
    const { graph } = loadModel(read('model.onnx'));
    const input = decodeValue(read('test_data_set_0/input_0.pb'), graph.inputs[0]!.type!) as Tensor;
    const expected = decodeValue(read('test_data_set_0/output_0.pb'), graph.outputs[0]!.type!) as Tensor;
    if (dtypeInfo(input.type).class === 'string' || dtypeInfo(expected.type).class === 'string') continue;
    const cast = pack(expected.type, unpack(input), expected.dims, graph.nodes[0]!.int('saturate', 1) === 1);
    expect([...unpack(cast)], name).toEqual([...unpack(expected)]);
    if (dtypeInfo(expected.type).bits <= 8) expect([...cast.data], name).toEqual([...expected.data]);
    compared++;
  }
  expect(compared).toBeGreaterThan(50);
});
