export * from './group-query-attention.ts';
