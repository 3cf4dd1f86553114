/** Files from URLs, as they stream in. */
import { fail, OnnxError } from './errors.ts';

/** How far one file has come. */
export interface LoadProgress {
  /** The URL, or the path, of the file. */
  readonly file: string;
  /** Bytes so far. */
  readonly loaded: number;
  /** Bytes in all, where the server tells. */
  readonly total: number | undefined;
}

export interface DownloadOptions {
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that are too many: the download ends with `E_LIMIT`. */
  readonly maxBytes: number;
}

/** Rejects with `E_INPUT` (no answer, or not 200: status and URL are named), `E_LIMIT` or `E_ABORTED`. */
export async function download(url: string, { onProgress, signal, maxBytes }: DownloadOptions): Promise<Uint8Array> {
  const failed = (cause: unknown): never => {
    if (signal?.aborted) throw new OnnxError('E_ABORTED', `the download of ${url} was cancelled`, { cause: signal.reason });
    throw new OnnxError('E_INPUT', `${url} cannot be fetched`, { found: cause instanceof Error ? cause.message : String(cause), cause });
  };
  const response = await fetch(url, signal === undefined ? {} : { signal }).catch(failed);
  if (!response.ok) fail('E_INPUT', `${url} cannot be fetched`, { found: `HTTP ${response.status} ${response.statusText}`.trim() });
  // Of a compressed answer the length is known only at its end.
  const length = response.headers.get('content-encoding') === null ? Number(response.headers.get('content-length') ?? NaN) : NaN;
  const total = Number.isSafeInteger(length) ? length : undefined;
  const check = (bytes: number): void => {
    if (bytes > maxBytes) fail('E_LIMIT', `${url} is too large`, { expected: `at most ${maxBytes} bytes`, found: `${bytes}` });
  };
  check(total ?? 0);
  const chunks = new Chunks(total ?? 0);
  const report = (): void => onProgress?.({ file: url, loaded: chunks.size, total: total === undefined || chunks.size > total ? undefined : total });
  report();
  for await (const part of parts(response)) {
    check(chunks.size + part.length);
    chunks.push(part);
    report();
  }
  return chunks.bytes();

  /** Not the stream's own iterator, which not every browser has. */
  async function* parts({ body }: Response): AsyncGenerator<Uint8Array> {
    const reader = body?.getReader();
    try {
      for (let part = await reader?.read().catch(failed); part?.value !== undefined; part = await reader?.read().catch(failed)) yield part.value;
    } finally {
      void reader?.cancel().catch(() => {}); // of what was not read to its end
    }
  }
}

/** Bytes that grow: one buffer, of the size foretold when that is right. */
class Chunks {
  size = 0;
  private buffer: Uint8Array;

  constructor(expected: number) {
    this.buffer = allocate(expected);
  }

  push(part: Uint8Array): void {
    if (this.size + part.length > this.buffer.length) {
      const larger = allocate(Math.max(this.size + part.length, 2 * this.buffer.length));
      larger.set(this.buffer.subarray(0, this.size));
      this.buffer = larger;
    }
    this.buffer.set(part, this.size);
    this.size += part.length;
  }

  bytes(): Uint8Array {
    return this.size === this.buffer.length ? this.buffer : this.buffer.slice(0, this.size);
  }
}

function allocate(bytes: number): Uint8Array {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    return fail('E_LIMIT', 'not enough memory for a file', { expected: `${bytes} bytes`, cause });
  }
}
