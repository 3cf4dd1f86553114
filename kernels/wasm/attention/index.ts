export * from './attention.ts';
export * from './group-query-attention.ts';
export * from './multi-head-attention.ts';
