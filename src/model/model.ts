import type { Graph } from '../graph/index.ts';

/** A loaded model: its graph, and what the file says about itself. */
export interface Model {
  readonly irVersion: number;
  /** Opset version imported for each domain; '' is ai.onnx. */
  readonly opsets: Map<string, number>;
  readonly graph: Graph;
  readonly metadata: Map<string, string>;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly domain: string;
  readonly modelVersion: bigint;
  readonly docString: string;
}
