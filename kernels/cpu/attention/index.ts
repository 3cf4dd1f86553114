export * from './attention.ts';
export * from './causal-conv.ts';
export * from './flex-attention.ts';
export * from './group-query-attention.ts';
export * from './linear-attention.ts';
export * from './ms-attention.ts';
export * from './multi-head-attention.ts';
export * from './rotary-embedding.ts';
