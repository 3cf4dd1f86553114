/** What this machine can do at most, measured in the same run as the rows. */
import { createMemory, LinearArena } from '../kernels/wasm/memory.ts';
import { loadKernels } from '../kernels/wasm/modules.ts';

export interface Ceilings {
  /** Giga-operations a second (a multiply-add counts as two). */
  readonly 'i16 dot': number;
  readonly 'i8 dot': number;
  readonly 'i32 dot': number;
  readonly 'f32 mul+add': number;
  readonly 'f32 madd': number;
  /** Gigabytes a second over 64 MB, beyond the caches. */
  readonly read: number;
  readonly write: number;
}

const REGION = 64 * 2 ** 20;

export async function measureCeilings(): Promise<Ceilings> {
  const { memory, shared } = createMemory();
  const { kernels: { simd, relaxed } } = await loadKernels(memory, shared, {});
  const { byteOffset } = new LinearArena(memory, shared).allocate(REGION);
  const rounds = 20_000;
  simd.ceiling_write(byteOffset, REGION, 0x3f3f3f3f); // what the loops below calculate with
  const operations = (perRound: number, f: (n: number, x: number) => unknown): number => (rounds * 12 * 2 * perRound) / best(() => f(rounds, byteOffset)) / 1e6;
  return {
    'i16 dot': operations(8, simd.ceiling_i16_dot),
    'i8 dot': relaxed === undefined ? NaN : operations(16, relaxed.ceiling_i8_dot),
    'i32 dot': relaxed === undefined ? NaN : operations(16, relaxed.ceiling_i32_dot),
    'f32 mul+add': operations(4, simd.ceiling_f32_mul_add),
    'f32 madd': relaxed === undefined ? NaN : operations(4, relaxed.ceiling_f32_madd),
    read: REGION / best(() => simd.ceiling_read(byteOffset, REGION), 40) / 1e6,
    write: REGION / best(() => simd.ceiling_write(byteOffset, REGION, 7), 40) / 1e6,
  };
}

/** Milliseconds of the fastest of many calls, enough of them that the engine has compiled the loop well before the last. */
function best(f: () => unknown, calls = 300): number {
  let fastest = Infinity;
  for (let i = 0; i < calls; i++) {
    const from = performance.now();
    f();
    fastest = Math.min(fastest, performance.now() - from);
  }
  return fastest;
}
