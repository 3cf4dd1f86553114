/** Model bytes from wherever they come: a path (Node), a URL, or memory; and the data beside them. */
import { download } from './download.ts';
import { fail } from './errors.ts';
import { isNode } from './host.ts';
import { externalFromFiles, externalLocations, locationParts, type ExternalFile, type LeftOut, type Limits, type ReadExternal } from './model/index.ts';
import type { SessionOptions } from './options.ts';

export interface ModelSource {
  readonly bytes: Uint8Array;
  readonly readExternal: ReadExternal | undefined;
  readonly left?: LeftOut;
}

/** Rejects with `E_INPUT` when the source is no path, URL or bytes, or cannot be read; with `E_LIMIT` or `E_ABORTED`. */
export async function readModel(
  source: string | Uint8Array | ArrayBufferLike, byteOffset: number | undefined, byteLength: number | undefined,
  options: SessionOptions, limits: Limits,
): Promise<ModelSource> {
  const given = options.externalData && externalFromFiles(await Promise.all(options.externalData.map(async ({ path, data }): Promise<ExternalFile> => (
    { path, data: typeof data === 'string' ? await fetchExternal(data, options, limits) : data }
  ))));
  if (typeof source === 'string') {
    if (!isNode || /^https?:/.test(source)) {
      const bytes = await download(source, { ...options, maxBytes: limits.fileBytes });
      return { bytes, readExternal: given ?? await externalBeside(bytes, source, options, limits) };
    }
    const { openModel } = await import('./model/external-node.ts');
    const opened = openModel(source, limits);
    options.onProgress?.({ file: source, loaded: opened.bytes.length, total: opened.bytes.length });
    return { ...opened, readExternal: given ?? opened.readExternal };
  }
  if (ArrayBuffer.isView(source)) {
    return { bytes: new Uint8Array(source.buffer, source.byteOffset, source.byteLength), readExternal: given };
  }
  if (source instanceof ArrayBuffer || (typeof SharedArrayBuffer !== 'undefined' && source instanceof SharedArrayBuffer)) {
    return { bytes: new Uint8Array(source, byteOffset, byteLength), readExternal: given };
  }
  return fail('E_INPUT', 'a model is given by path, URL or bytes', { expected: 'string, Uint8Array or ArrayBuffer', found: typeof source });
}

/** Fetches the files that a model names, from the folder of its URL. */
async function externalBeside(bytes: Uint8Array, url: string, options: SessionOptions, limits: Limits): Promise<ReadExternal | undefined> {
  const locations = externalLocations(bytes, limits);
  if (locations.length === 0) return undefined;
  const base = new URL(url, globalThis.location?.href);
  return externalFromFiles(await Promise.all(locations.map(async (path) => {
    const below = locationParts(path).map(encodeURIComponent).join('/');
    return { path, data: await fetchExternal(new URL(below, base).href, options, limits) };
  })));
}

function fetchExternal(url: string, options: SessionOptions, limits: Limits): Promise<Uint8Array> {
  return download(url, { ...options, maxBytes: limits.externalBytes });
}
