import { OnnxError } from '../errors.ts';
import type { ExecutionProvider, ProviderFactory } from './provider.ts';

const factories = new Map<string, ProviderFactory>();

/** Makes a provider available under its name in `executionProviders`. */
export function registerProvider(factory: ProviderFactory): void {
  factories.set(factory.name, factory);
}

/** Names that `executionProviders` accepts now. */
export function availableProviders(): string[] {
  return [...factories.keys()];
}

/** An entry of `executionProviders`: a name, or a name with options. */
export type ProviderRequest = string | ({ readonly name: string } & Readonly<Record<string, unknown>>);

/** A provider of the list that could not start, and why. */
export interface UnavailableProvider {
  readonly name: string;
  readonly reason: string;
}

/**
 * Starts the providers of a priority list; cpu is appended when missing, so that every node finds a place. A provider
 * that cannot start is reported with its reason; when it is the only one asked for, the session is refused (`E_EP`).
 * `defaults` are options for all of them.
 */
export async function startProviders(
  requests: readonly ProviderRequest[], defaults: Readonly<Record<string, unknown>> = {},
): Promise<{ providers: ExecutionProvider[]; unavailable: UnavailableProvider[] }> {
  const providers: ExecutionProvider[] = [];
  const unavailable: UnavailableProvider[] = [];
  const names = requests.map((r) => (typeof r === 'string' ? r : r.name));
  const list = names.includes('cpu') || !factories.has('cpu') ? requests : [...requests, 'cpu'];
  for (const request of list) {
    const { name, ...options } = typeof request === 'string' ? { name: request } : request;
    const factory = factories.get(name);
    if (factory === undefined) {
      throw new OnnxError('E_EP', `there is no execution provider ${JSON.stringify(name)}`, {
        expected: `one of ${availableProviders().join(', ')}`, found: name, arg: { kind: 'option', name: 'executionProviders' },
        hint: name === 'gpu' || name === 'webgpu' ? `import 'nibble-onnx/${name}' to register it` : undefined,
      });
    }
    if (providers.some((p) => p.name === name)) continue;
    try {
      providers.push(await factory.create({ ...defaults, ...options }));
    } catch (cause) {
      if (cause instanceof OnnxError && cause.code === 'E_INPUT') throw cause; // options that mean nothing
      const reason = cause instanceof OnnxError ? cause.summary : cause instanceof Error ? cause.message : String(cause);
      if (requests.length === 1) throw new OnnxError('E_EP', `the execution provider ${name} cannot start: ${reason}`, { cause });
      unavailable.push({ name, reason });
    }
  }
  return { providers, unavailable };
}
