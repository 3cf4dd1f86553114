// The build for every engine: plain 128-bit SIMD.
export * from './elementwise';
