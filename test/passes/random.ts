export * from '../../conformance/proofs/random.ts';
