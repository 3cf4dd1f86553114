export * from './matmul.ts';
