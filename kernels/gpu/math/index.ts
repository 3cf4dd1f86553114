export * from './elementwise.ts';
export * from './matmul.ts';
export * from './rows.ts';
