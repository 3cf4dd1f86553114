export { groupQueryAttention } from './group-query-attention.ts';
