/** Finds an adapter for the tests: a real GPU, else Chromium's software rasterizer. Import it before anything that starts the provider. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';

const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
if (process.env.VK_ICD_FILENAMES === undefined && existsSync(SWIFTSHADER)) process.env.VK_ICD_FILENAMES = SWIFTSHADER;
process.env.XDG_RUNTIME_DIR ??= tmpdir(); // the Vulkan loader complains without one

/** Why WebGPU tests cannot run here; undefined where they can. */
export async function whyNot(): Promise<string | undefined> {
  try {
    const { lease } = await import('../../kernels/webgpu/runtime/start.ts');
    (await lease({})).release();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
