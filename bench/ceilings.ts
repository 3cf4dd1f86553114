/** What this machine can do at most, measured in the same run as the rows. */
import { createMemory, LinearArena } from '../kernels/wasm/memory.ts';
import { loadKernels } from '../kernels/wasm/modules.ts';

export interface Ceilings {
  /** Giga-operations a second (a multiply-add counts as two). */
  readonly 'i16 dot': number;
  readonly 'i8 dot': number;
  readonly 'f32 mul+add': number;
  /** Gigabytes a second over 64 MB, beyond the caches. */
  readonly read: number;
  readonly write: number;
}

const REGION = 64 * 2 ** 20;

export async function measureCeilings(relaxedAllowed = true): Promise<Ceilings> {
  const { memory, shared } = createMemory();
  const { simd, relaxed } = await loadKernels(memory, shared, relaxedAllowed);
  const { byteOffset } = new LinearArena(memory, shared).allocate(REGION);
  const rounds = 200_000;
  simd.ceiling_write(byteOffset, REGION, 1);
  return {
    'i16 dot': (rounds * 8 * 8 * 2) / best(() => simd.ceiling_i16_dot(rounds)) / 1e6,
    'i8 dot': relaxed === undefined ? NaN : (rounds * 8 * 16 * 2) / best(() => relaxed.ceiling_i8_dot(rounds)) / 1e6,
    'f32 mul+add': (rounds * 8 * 4 * 2) / best(() => simd.ceiling_f32_mul_add(rounds)) / 1e6,
    read: REGION / best(() => simd.ceiling_read(byteOffset, REGION)) / 1e6,
    write: REGION / best(() => simd.ceiling_write(byteOffset, REGION, 7)) / 1e6,
  };
}

/** Milliseconds of the fastest of many calls. */
function best(f: () => unknown): number {
  let fastest = Infinity;
  for (let i = 0; i < 30; i++) {
    const from = performance.now();
    f();
    fastest = Math.min(fastest, performance.now() - from);
  }
  return fastest;
}
