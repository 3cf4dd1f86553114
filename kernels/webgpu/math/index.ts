export * from './binary.ts';
export * from './matmul.ts';
