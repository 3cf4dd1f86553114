/** What went wrong, in one word. Codes are stable; messages may improve. */
export type OnnxErrorCode =
  | 'E_PARSE' // the bytes are not an ONNX protobuf
  | 'E_LIMIT' // a configured limit would be exceeded
  | 'E_MODEL' // the model breaks a rule of the ONNX checker
  | 'E_OP_UNSUPPORTED' // no contract, opset version or kernel for an operator
  | 'E_ATTRIBUTE' // an attribute is missing, unknown, or has a bad type or value
  | 'E_TYPE' // an element type does not fit
  | 'E_SHAPE' // a shape does not fit
  | 'E_INPUT' // a feed, fetch or option given by the caller is wrong
  | 'E_VALUE' // a tensor's content is outside what the operator defines
  | 'E_EXTERNAL_DATA' // external data is missing, escapes its folder or is too short
  | 'E_ABORTED' // the caller's AbortSignal fired, or the session was released
  | 'E_EP'; // an execution provider cannot start or failed

/** The node an error belongs to. `graphPath` is `main`, or `main/<node>.<attribute>` inside a subgraph. */
export interface NodeRef {
  readonly name: string;
  readonly index: number;
  readonly opType: string;
  readonly domain: string;
  readonly opset?: number;
  readonly graphPath: string;
}

/** The argument of a node (or of a call) an error is about. */
export interface ArgRef {
  readonly kind: 'input' | 'output' | 'attribute' | 'initializer' | 'feed' | 'fetch' | 'option' | 'limit';
  readonly name: string;
  readonly index?: number;
}

/** Where an error happened and what stood against what. All fields are optional: fill what is known. */
export interface ErrorDetail {
  readonly node?: NodeRef | undefined;
  readonly arg?: ArgRef | undefined;
  readonly expected?: string | undefined;
  readonly found?: string | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The only error this library throws on purpose: for any bytes and any feeds, `load` and `run` either return or
 * reject with one of these, naming graph, node, operator and argument, what was expected and what was found.
 */
export class OnnxError extends Error {
  override readonly name = 'OnnxError';
  readonly code: OnnxErrorCode;
  readonly node: NodeRef | undefined;
  readonly arg: ArgRef | undefined;
  readonly expected: string | undefined;
  readonly found: string | undefined;
  readonly hint: string | undefined;
  /** The first sentence of the message, before the location is appended. */
  readonly summary: string;

  constructor(code: OnnxErrorCode, summary: string, detail: ErrorDetail = {}) {
    super(format(code, summary, detail), detail.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.summary = summary;
    this.node = detail.node;
    this.arg = detail.arg;
    this.expected = detail.expected;
    this.found = detail.found;
    this.hint = detail.hint;
  }

  /** The same error with a location added; what is already known wins. */
  at(detail: ErrorDetail): OnnxError {
    const error = new OnnxError(this.code, this.summary, {
      node: this.node ?? detail.node, arg: this.arg ?? detail.arg, expected: this.expected ?? detail.expected,
      found: this.found ?? detail.found, hint: this.hint ?? detail.hint, cause: this.cause ?? detail.cause,
    });
    if (this.stack !== undefined) error.stack = this.stack;
    return error;
  }
}

/** `#17 QLinearConv "conv3"`, as shown in messages. */
export function describeNode(node: NodeRef): string {
  const domain = node.domain === '' || node.domain === 'ai.onnx' ? '' : `${node.domain}.`;
  const opset = node.opset === undefined ? '' : `-${node.opset}`;
  const path = node.graphPath === 'main' ? '' : ` in ${node.graphPath}`;
  return `node #${node.index} ${domain}${node.opType}${opset} ${JSON.stringify(node.name)}${path}`;
}

function format(code: OnnxErrorCode, summary: string, d: ErrorDetail): string {
  const parts = [`${code}: ${summary}`];
  if (d.node) parts.push(describeNode(d.node));
  if (d.arg) parts.push(`${d.arg.kind} ${JSON.stringify(d.arg.name)}${d.arg.index === undefined ? '' : ` (#${d.arg.index})`}`);
  if (d.expected !== undefined) parts.push(`expected ${d.expected}`);
  if (d.found !== undefined) parts.push(`found ${d.found}`);
  if (d.hint !== undefined) parts.push(`hint: ${d.hint}`);
  return parts.join('; ');
}

/** Throws an `OnnxError`: the one-liner used where a condition is checked inline. */
export function fail(code: OnnxErrorCode, summary: string, detail?: ErrorDetail): never {
  throw new OnnxError(code, summary, detail);
}

/**
 * Thrown in the middle of work that cannot wait, where something is needed that has to be loaded first. Whoever started the work awaits
 * `load` and starts it again.
 */
export class NotLoaded extends Error {
  readonly load: () => Promise<void>;

  constructor(what: string, load: () => Promise<void>) {
    super(`${what} is not loaded`);
    this.load = load;
  }
}
