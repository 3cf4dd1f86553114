export * from '../../conformance/proofs/check-graph.ts';
