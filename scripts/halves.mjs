/** In bundles, all that protobufjs asks of `long`: to hold the halves of 64-bit integers. We make numbers and bigints of them. */
const HALVES = `export default class Long {
  constructor(low, high, unsigned) { this.low = low | 0; this.high = high | 0; this.unsigned = Boolean(unsigned); }
  static isLong(value) { return value instanceof Long; }
  static fromBits(low, high, unsigned) { return new Long(low, high, unsigned); }
}`;

export const halves = {
  name: 'halves',
  resolveId: (id) => (id === 'long' ? '\0long' : undefined),
  load: (id) => (id === '\0long' ? HALVES : undefined),
};
