export * from './if.ts';
export * from './loop.ts';
export * from './scan.ts';
