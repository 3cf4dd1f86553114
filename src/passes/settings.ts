/** onnxruntime's session configuration entries that change what passes do. */

/** Configuration entries by dotted key, as strings: `session.qdq_matmulnbits_accuracy_level` -> `4`. */
export type Settings = ReadonlyMap<string, string>;

/**
 * `accuracy_level` of the MatMulNBits nodes that fusion makes. 0 (full precision) unless asked for: level 4 quantizes
 * activations to int8, which changes results.
 */
export function accuracyLevel(settings: Settings): number {
  const level = Number(settings.get('session.qdq_matmulnbits_accuracy_level') ?? 0);
  return Number.isInteger(level) && level >= 0 && level <= 4 ? level : 0;
}

/** True when QDQ fusion is switched off: QuantizeLinear and DequantizeLinear run as the model writes them. */
export function quantizationDisabled(settings: Settings): boolean {
  return settings.get('session.disable_quant_qdq') === '1';
}
