/** Every tile of the tiled products, whatever shape it is chosen for, against plain loops. */
import { describe, expect, test } from 'vitest';
import { whyNot } from './adapter.ts';
import { floats } from './compare.ts';
import { FULL } from '../full.ts';
import { chooseTile, TILES } from '../../kernels/webgpu/math/float-tile.ts';
import { tiledMatMul, type MatMulForm } from '../../kernels/webgpu/math/matmul-program.ts';
import { lease } from '../../kernels/webgpu/runtime/start.ts';
import { WebgpuSession } from '../../kernels/webgpu/runtime/session.ts';

const reason = await whyNot();
if (reason !== undefined) console.warn(`WebGPU tests are skipped: ${reason}`);

test('tiles grow with the product', () => {
  expect(chooseTile(4, 64)).toBe(TILES['16x64']);
  expect(chooseTile(8192, 8192)).toBe(TILES['128x128']);
});

describe.skipIf(reason !== undefined)('tiles on webgpu', () => {
  test.each(Object.entries(TILES).filter(([name]) => FULL || name === '64x64'))('%s', async (name, tile) => {
    const { gpu, release } = await lease({});
    const session = new WebgpuSession(gpu);
    const [M, K, N] = [tile.rows + 3, 20, tile.columns + 4];
    const [a, b] = [floats([M, K]), floats([K, N])];
    const form: MatMulForm = { a: 'float32', b: 'float32', y: 'float32', aVectors: true, bVectors: true, c: undefined };
    const y = session.scratch('float32', [M, N]);
    session.run(session.program(`test ${name}`, () => tiledMatMul(form, tile)), [session.memory.upload(a, false), session.memory.upload(b, false), y],
      [M, N, K, K, 1, N, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0], [2, 2]);
    const found = (await y.getData()) as Float32Array;
    const [x, w] = [a.data as Float32Array, b.data as Float32Array];
    let worst = 0;
    for (let m = 0; m < M; m++) {
      for (let n = 0; n < N; n++) {
        let sum = 0;
        for (let k = 0; k < K; k++) sum += x[m * K + k] * w[k * N + n];
        worst = Math.max(worst, Math.abs(sum - found[m * N + n]));
      }
    }
    expect(worst).toBeLessThan(1e-5);
    session.memory.dispose();
    release();
  });
});
