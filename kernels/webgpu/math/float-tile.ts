/** The inner part of a matrix product in tiles of float32: workgroup memory for a step along K, registers for the results. */

export interface Tile {
  readonly rows: number;
  readonly columns: number;
  /** Rows and groups of four columns of a thread. */
  readonly m: number;
  readonly n4: number;
  readonly threads: number;
}

const tileOf = (m: number, n4: number): Tile => ({ rows: 16 * m, columns: 64 * n4, m, n4, threads: 256 });

/** Tiles from large to small: 16 x 16 threads. */
export const TILES = { '128x128': tileOf(8, 2), '128x64': tileOf(8, 1), '64x64': tileOf(4, 1), '32x64': tileOf(2, 1), '16x64': tileOf(1, 1) } as const;

/** Workgroups that keep a large GPU busy. */
const BUSY = 200;

/** Large tiles reuse more of what they load, small ones give more workgroups: the largest that gives enough of them. */
export function chooseTile(M: number, N: number, batch = 1): Tile {
  const groups = (t: Tile) => Math.ceil(M / t.rows) * Math.ceil(N / t.columns) * batch;
  return Object.values(TILES).find((t) => groups(t) >= BUSY) ?? TILES['16x64'];
}

export interface TileProduct {
  readonly tile: Tile;
  /** Step along K, a multiple of 4. */
  readonly depth: number;
  /** WGSL of the length along K. */
  readonly K: string;
  /** WGSL expression of four elements of A, [m0 + row, k0 + 4 * k4...], zeros past K. */
  readonly loadA: string;
  /** WGSL that puts B[k0 + k, n0 + n] for k < depth and n < columns with `putB(k, n, value)`, or four at once with `putB4(k, n / 4, values)`. */
  readonly fillB: string;
  /** WGSL that stores `v`, the results of row `m` and columns `n` to `n + 3`. */
  readonly store: string;
  /** WGSL before the loop: offsets of a batch. */
  readonly begin?: string;
}

/** `main`: workgroups [N / columns, M / rows, batch]. */
export function tileProduct({ tile, depth, K, loadA, fillB, store, begin = '' }: TileProduct): string {
  const { rows, columns, m, n4, threads } = tile;
  const k4 = depth / 4;
  const each = (count: number, body: (i: number) => string, by = '\n    ') => Array.from({ length: count }, (_, i) => body(i)).join(by);
  const step = (axis: string, k: number): string => `
      { ${each(n4, (j) => `let b${j} = tileB[(4u * k + ${k}u) * ${columns / 4}u + lane.x + ${16 * j}u];`, ' ')}
      ${each(m, (i) => each(n4, (j) => `acc${i}_${j} = fma(vec4<f32>(a${i}.${axis}), b${j}, acc${i}_${j});`, ' '), '\n      ')} }`;
  return `
var<workgroup> tileA: array<vec4<f32>, ${rows * k4}>; // [rows, depth / 4]
var<workgroup> tileB: array<vec4<f32>, ${(depth * columns) / 4}>; // [depth, columns / 4]
fn putB(k: u32, n: u32, v: f32) { tileB[k * ${columns / 4}u + (n >> 2u)][n & 3u] = v; }
fn putB4(k: u32, n4: u32, v: vec4<f32>) { tileB[k * ${columns / 4}u + n4] = v; }
@compute @workgroup_size(16, 16)
fn main(@builtin(local_invocation_id) lane: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>) {
  let tid = lane.y * 16u + lane.x;
  let m0 = group.y * ${rows}u; let n0 = group.x * ${columns}u;
  ${begin}
  ${each(m, (i) => each(n4, (j) => `var acc${i}_${j} = vec4<f32>();`, ' '), ' ')}
  for (var k0 = 0u; k0 < ${K}; k0 += ${depth}u) {
    for (var i = tid; i < ${rows * k4}u; i += ${threads}u) {
      let row = i / ${k4}u; let k4 = i % ${k4}u;
      tileA[i] = ${loadA};
    }
    ${fillB}
    workgroupBarrier();
    for (var k = 0u; k < ${k4}u; k++) {
      ${each(m, (i) => `let a${i} = tileA[(lane.y + ${16 * i}u) * ${k4}u + k];`, ' ')}
      ${['x', 'y', 'z', 'w'].map(step).join('')}
    }
    workgroupBarrier();
  }
  ${each(m, (i) => each(n4, (j) => `{ let m = m0 + lane.y + ${16 * i}u; let n = n0 + 4u * (lane.x + ${16 * j}u); let v = acc${i}_${j}; ${store} }`))}
}`;
}
