/** This project's own session as a runtime under test. */
import { createRequire } from 'node:module';
import { registerNamed } from '../../src/entries.ts';
import { InferenceSession } from '../../src/main.ts';
import type { Runtime } from '../runtime.ts';

const { version } = createRequire(import.meta.url)('nibble-onnx/package.json') as { version: string };

export const nibble: Runtime = {
  name: 'nibble',
  version,
  async load(modelPath, { level, providers, config }) {
    await registerNamed(providers);
    const session = await InferenceSession.create(modelPath, {
      graphOptimizationLevel: level, ...(providers && { executionProviders: providers }), ...(config && { extra: config }),
    });
    const slots = (metadata: InferenceSession['inputMetadata']) => metadata.map((m) => ({ name: m.name, type: m.valueType }));
    return {
      inputs: slots(session.inputMetadata),
      outputs: slots(session.outputMetadata),
      operators: [...new Set(session.explain().nodes.map((n) => (n.domain === '' ? n.opType : `${n.domain}.${n.opType}`)))],
      run: (feeds) => session.run(feeds),
      release: () => session.release(),
    };
  },
};
