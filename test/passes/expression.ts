export * from '../../conformance/proofs/expression.ts';
