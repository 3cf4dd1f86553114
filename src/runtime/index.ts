export * from './execute.ts';
export * from './memory.ts';
export * from './placement.ts';
export * from './profile.ts';
export * from './program.ts';
export * from './provider.ts';
export * from './registry.ts';
