export * from './clone.ts';
export * from './graph.ts';
export * from './order.ts';
