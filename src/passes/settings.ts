/** onnxruntime's session configuration entries that change what passes do. */

/** Configuration entries by dotted key, as strings: `session.qdq_matmulnbits_accuracy_level` -> `4`. */
export type Settings = ReadonlyMap<string, string>;

/** An entry and its value. */
export type Setting = readonly [key: string, value: string];

/** QDQ fusion is off: QuantizeLinear and DequantizeLinear run as the model writes them. */
export const QDQ_DISABLED: Setting = ['session.disable_quant_qdq', '1'];

export const isSet = (settings: Settings, [key, value]: Setting): boolean => settings.get(key) === value;

/** Names of passes not to run, of `optimization.disable_specified_optimizers`, which `;` divides. */
export function disabledPasses(settings: Settings): readonly string[] {
  return (settings.get('optimization.disable_specified_optimizers') ?? '').split(';').filter((name) => name.trim() !== '');
}

/**
 * `accuracy_level` of the MatMulNBits nodes that fusion makes. 0 (full precision) unless asked for: level 4 quantizes
 * activations to int8, which changes results.
 */
export function accuracyLevel(settings: Settings): number {
  const level = Number(settings.get('session.qdq_matmulnbits_accuracy_level') ?? 0);
  return Number.isInteger(level) && level >= 0 && level <= 4 ? level : 0;
}
