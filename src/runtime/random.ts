/** Mulberry32: a small seeded generator of uniform numbers in [0, 1) (Tommy Ettinger, public domain algorithm). */
export function mulberry32(seed: number): () => number {
  let state = Math.imul(Math.floor(seed) | 0, 1) ^ 0x6d2b79f5;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
