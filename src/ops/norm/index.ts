export * from './norm.ts';
