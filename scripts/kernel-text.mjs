// gpu.js reads the text of kernel functions. In bundles they stay as written, as strings: no minifier rewrites them, and no name in
// them is changed because another module has it too.
import { transformSync } from 'rolldown/utils';

export const kernelText = {
  name: 'kernel-text',
  transform: (code, id) => (/kernels[/\\]gpu[/\\]functions[/\\]/.test(id) ? asText(code) : undefined),
};

/** Top-level functions of a module of kernels as strings of plain JavaScript; those that make a kernel out of a table stay functions. */
function asText(code) {
  const plain = transformSync('kernel.ts', code, { lang: 'ts' }).code;
  return plain.replace(/^(export )?function (\w+)\([^]*?^\}$/gm, (text, exported, name) =>
    (text.includes('FUNCTIONS') ? text : `${exported ?? ''}const ${name} = ${JSON.stringify(text.replace(/^export /, ''))};`));
}
