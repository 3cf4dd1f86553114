/** Small gray images as text. */
import { FULL_INK, SIDE, type Digits } from '../../models/digits/digits.ts';

const SHADES = ' ░▒▓█';
const GAP = '   ';

/** Columns an image and the gap after it take: two characters a pixel, so that pixels are about square. */
export const DIGIT_COLUMNS = 2 * SIDE + GAP.length;

/** Images side by side, a line a pixel row. */
export function drawDigits(digits: Digits): string {
  const shade = (ink: number): string => SHADES[Math.round((ink / FULL_INK) * (SHADES.length - 1))]!.repeat(2);
  return Array.from({ length: SIDE }, (_, y) =>
    digits.map(({ pixels }) => pixels.slice(y * SIDE, (y + 1) * SIDE).map(shade).join('')).join(GAP).trimEnd()).join('\n');
}
