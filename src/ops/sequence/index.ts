export * from './sequence.ts';
