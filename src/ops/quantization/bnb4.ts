const FP4 = [0, 1 / 192, 2 / 3, 1, 1 / 3, 1 / 2, 1 / 6, 1 / 4];

/** The 16 values of bitsandbytes' 4-bit types by `quant_type`, with 1 as their largest: FP4, and NF4, which holds quantiles of a normal distribution. */
export const BNB4_TABLES: readonly Float32Array[] = [
  Float32Array.from([...FP4, ...FP4.map((v) => -v)]),
  Float32Array.of(
    -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
    -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
  ),
];
