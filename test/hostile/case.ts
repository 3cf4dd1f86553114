import type { OnnxErrorCode } from '../../src/errors.ts';
import type { LoadOptions } from '../../src/model/index.ts';

/** A file that must be refused, and how. */
export interface HostileCase {
  readonly name: string;
  readonly code: OnnxErrorCode;
  readonly bytes: Uint8Array;
  /** What the message must name: the node, the argument, the limit. */
  readonly says?: RegExp;
  readonly options?: LoadOptions;
}
