/** Why gpu.js finds no GPU in this process; undefined where it does. */
import '../webgpu/adapter.ts';
import { borrowEngine, giveBackEngine } from '../../kernels/gpu/engine.ts';

export async function whyNot(): Promise<string | undefined> {
  try {
    giveBackEngine(await borrowEngine({}), 0);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
