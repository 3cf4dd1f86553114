export * from './constant.ts';
export * from './view.ts';
