/** Finds the optimizer's patch after which outputs leave a tolerance. */
import { compareValues, type Difference, type Tolerance } from '../tensor/compare.ts';
import { OnnxError } from '../errors.ts';
import { InferenceSession, type Feeds, type Results, type SessionOptions, type TrailEntry } from '../main.ts';

export interface Bisection {
  /** Patches that the level applies. */
  readonly patches: number;
  /** The first patch whose result differs while that of the patch before does not; undefined when all agree. */
  readonly culprit?: {
    readonly entry: TrailEntry;
    /** The output that differs, or why the model no longer runs. */
    readonly difference: Difference | { readonly error: string };
  };
  /** Sessions opened. */
  readonly probes: number;
}

/**
 * Compares the model after n patches with the model as it is written, on the same providers and feeds, and halves the range
 * of n that holds the change. Assumes that a difference stays once it is there: if not, the patch found still makes one.
 */
export async function bisect(model: string | Uint8Array, feeds: readonly Feeds[], options: SessionOptions, tolerance: Tolerance): Promise<Bisection> {
  const plain = await InferenceSession.create(model, { ...options, graphOptimizationLevel: 'disabled' });
  const expected: Results[] = [];
  for (const feed of feeds) expected.push(await plain.run(feed));
  await plain.release();
  let probes = 1;

  const probe = async (stopAfterPatch?: number) => {
    probes++;
    const session = await InferenceSession.create(model, { ...options, ...(stopAfterPatch !== undefined && { stopAfterPatch }) });
    const applied = session.explain().passes.filter((e) => e.outcome === 'applied');
    const difference = await differenceOf(session, feeds, expected, tolerance);
    await session.release();
    return { applied, difference };
  };

  const whole = await probe();
  const patches = whole.applied.length;
  if (whole.difference === undefined) return { patches, probes };
  // After `good` patches all agrees, after `bad` something does not.
  let [good, bad, difference] = [0, patches, whole.difference];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const found = (await probe(middle)).difference;
    if (found === undefined) good = middle;
    else [bad, difference] = [middle, found];
  }
  return { patches, probes, culprit: { entry: whole.applied[bad - 1]!, difference } };
}

async function differenceOf(
  session: InferenceSession, feeds: readonly Feeds[], expected: readonly Results[], tolerance: Tolerance,
): Promise<Difference | { readonly error: string } | undefined> {
  for (const [i, feed] of feeds.entries()) {
    let found: Results;
    try {
      found = await session.run(feed);
    } catch (error) {
      if (error instanceof OnnxError) return { error: error.message };
      throw error;
    }
    for (const [name, value] of Object.entries(expected[i]!)) {
      const difference = compareValues(name, value, found[name], tolerance);
      if (difference !== undefined) return difference;
    }
  }
  return undefined;
}
