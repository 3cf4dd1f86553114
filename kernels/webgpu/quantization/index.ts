export * from './matmul-nbits.ts';
