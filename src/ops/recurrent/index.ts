export * from './recurrent.ts';
