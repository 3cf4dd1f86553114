// What models of everyday operators need, and what only others do: bundles keep the two apart.
import { rolldown } from 'rolldown';

/** The modules that the package's main entry and the optimizer import statically, once what they do not use has been left out. */
export async function everydayModules(options) {
  const bundle = await rolldown({ ...options, logLevel: 'silent' });
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: true });
  await bundle.close();
  const chunks = new Map(output.filter((o) => o.type === 'chunk').map((chunk) => [chunk.fileName, chunk]));
  const modules = new Set(), seen = new Set();
  const visit = (fileName) => {
    const chunk = chunks.get(fileName);
    if (chunk === undefined || seen.has(fileName)) return;
    seen.add(fileName);
    for (const id of chunk.moduleIds) modules.add(id);
    chunk.imports.forEach(visit);
  };
  for (const { fileName, moduleIds } of chunks.values()) if (moduleIds.some((id) => /[\\/]src[\\/](main|optimizing)\.ts$/.test(id))) visit(fileName);
  return modules;
}
