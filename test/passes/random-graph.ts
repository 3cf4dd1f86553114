export * from '../../conformance/proofs/random-graph.ts';
