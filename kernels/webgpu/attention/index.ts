export { attention } from './attention.ts';
export { groupQueryAttention } from './group-query-attention.ts';
export * from './multi-head-attention.ts';
export * from './rotary-embedding.ts';
