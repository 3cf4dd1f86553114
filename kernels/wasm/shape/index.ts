export * from './move.ts';
export * from './where.ts';
