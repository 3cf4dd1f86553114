// Kernels that need relaxed SIMD; instantiated beside the simd128 build where the engine validates them.
export * from './probes';
export * from './gemm8-relaxed';
export * from './nbits-relaxed';
export * from './nbits-float-relaxed';
export * from './nbits-gemm-relaxed';
export * from './nbits-gemm-dots';
export * from './ceiling-relaxed';
export * from './gemmf';
