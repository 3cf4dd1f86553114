/** Model bytes from wherever they come: a path (Node), a URL (browsers), or memory. */
import { fail, OnnxError } from './errors.ts';
import { isNode } from './host.ts';
import { externalFromFiles, type Limits, type ReadExternal } from './model/index.ts';
import type { SessionOptions } from './options.ts';

export interface ModelSource {
  readonly bytes: Uint8Array;
  readonly readExternal: ReadExternal | undefined;
}

/** Throws `E_INPUT` when the source is no path or bytes, or cannot be read. */
export async function readModel(
  source: string | Uint8Array | ArrayBufferLike, byteOffset: number | undefined, byteLength: number | undefined,
  options: SessionOptions, limits: Limits,
): Promise<ModelSource> {
  const supplied = options.externalData === undefined ? undefined : externalFromFiles(options.externalData);
  if (typeof source === 'string') {
    if (!isNode || /^https?:/.test(source)) return { bytes: await download(source), readExternal: supplied };
    const { openModel } = await import('./model/external-node.ts');
    const opened = openModel(source, limits);
    return { bytes: opened.bytes, readExternal: supplied ?? opened.readExternal };
  }
  if (ArrayBuffer.isView(source)) {
    return { bytes: new Uint8Array(source.buffer, source.byteOffset, source.byteLength), readExternal: supplied };
  }
  if (source instanceof ArrayBuffer || (typeof SharedArrayBuffer !== 'undefined' && source instanceof SharedArrayBuffer)) {
    return { bytes: new Uint8Array(source, byteOffset, byteLength), readExternal: supplied };
  }
  return fail('E_INPUT', 'a model is given by path, URL or bytes', { expected: 'string, Uint8Array or ArrayBuffer', found: typeof source });
}

async function download(url: string): Promise<Uint8Array> {
  const response = await fetch(url).catch((cause: unknown) => {
    throw new OnnxError('E_INPUT', `the model cannot be fetched from ${url}`, { cause });
  });
  if (!response.ok) fail('E_INPUT', `the model cannot be fetched from ${url}`, { found: `HTTP ${response.status}` });
  return new Uint8Array(await response.arrayBuffer());
}
