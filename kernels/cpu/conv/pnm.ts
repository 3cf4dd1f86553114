/** Portable anymaps: P1 to P6, plain or raw bitmaps, greymaps and pixmaps. https://netpbm.sourceforge.net/doc/pnm.html */
import { fail } from '../../../src/errors.ts';

export interface PortableMap {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly depth: number;
  readonly data: Uint8Array;
}

/** Decodes a map into 8-bit samples; other ranges are scaled to 255. Throws `E_VALUE` on malformed streams. */
export function decodePnm(bytes: Uint8Array): PortableMap {
  let at = 0;
  const token = (): string => {
    for (;;) {
      while (at < bytes.length && bytes[at] <= 32) at++;
      if (bytes[at] !== 35) break;
      while (at < bytes.length && bytes[at] !== 10) at++; // a comment lasts to the end of its line
    }
    const start = at;
    while (at < bytes.length && bytes[at] > 32) at++;
    return String.fromCharCode(...bytes.subarray(start, at));
  };
  const whole = (text: string): number => (
    /^\d{1,9}$/.test(text) ? Number(text) : fail('E_VALUE', 'the portable anymap is malformed', { found: JSON.stringify(text) })
  );
  const kind = Number(/^P([1-6])$/.exec(token())?.[1] ?? fail('E_VALUE', 'the portable anymap has an unknown kind'));
  const bitmap = kind === 1 || kind === 4, plain = kind <= 3, channels = kind === 3 || kind === 6 ? 3 : 1;
  const width = whole(token()), height = whole(token());
  const largest = bitmap ? 1 : whole(token());
  if (largest < 1 || largest > 65535) fail('E_VALUE', 'the largest sample of a portable anymap is out of range', { found: String(largest) });
  const count = width * height * channels;
  const rowBytes = bitmap ? Math.ceil(width / 8) : width * channels * (largest > 255 ? 2 : 1);
  if (plain ? bytes.length - at < count : bytes.length - at - 1 < rowBytes * height) fail('E_VALUE', 'the portable anymap is too short');
  at++; // one white space ends a raw header
  const sample = (i: number): number => {
    // A plain bitmap may leave out the space between its digits.
    if (kind === 1) return whole(digit());
    if (plain) return whole(token());
    if (bitmap) return (bytes[at + Math.floor(i / width) * rowBytes + ((i % width) >> 3)] >> (7 - ((i % width) & 7))) & 1;
    return largest > 255 ? bytes[at + 2 * i] * 256 + bytes[at + 2 * i + 1] : bytes[at + i];
  };
  const digit = (): string => {
    while (at < bytes.length && bytes[at] <= 32) at++;
    return String.fromCharCode(bytes[at++] ?? 0);
  };
  const data = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const v = sample(i);
    data[i] = bitmap ? (v === 1 ? 0 : 255) : largest === 255 ? v : Math.min(255, Math.floor((v * 255) / largest + 0.5)); // 1 is black
  }
  return { width, height, channels, depth: 8, data };
}
