export * from './optional.ts';
export { sequenceAt, sequenceConstruct, sequenceEmpty, sequenceErase, sequenceInsert, sequenceLength } from './sequence.ts';
export * from './sequence-map.ts';
export * from './split.ts';
