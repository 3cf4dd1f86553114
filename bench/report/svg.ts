/** Drawing on logarithmic axes. */

export const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** The class that colors a contender: `wasm relaxed x2` looks like `wasm relaxed`, hollow. */
export const classOf = (contender: string): string => contender.replace(/ x2$/, '  hollow').replace(/^(wasm|ort)[ -]?/, '$1-').replace(/  hollow$/, ' hollow');

/** A logarithmic axis from `low` to `high` (values) along [from, to] (pixels). */
export interface Axis {
  at(value: number): number;
  readonly low: number;
  readonly high: number;
}

export function logAxis(low: number, high: number, from: number, to: number): Axis {
  const [a, b] = [Math.log(low), Math.log(high)];
  return { low, high, at: (value) => from + ((Math.log(value) - a) / (b - a)) * (to - from) };
}

/** Powers of ten within an axis, or 1, 2 and 5 times them where there are few. */
export function ticks({ low, high }: Axis): number[] {
  const steps = Math.log10(high / low) > 2.5 ? [1] : [1, 2, 5];
  const list: number[] = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e++) {
    for (const s of steps) if (s * 10 ** e >= low * 0.999 && s * 10 ** e <= high * 1.001) list.push(s * 10 ** e);
  }
  return list;
}

/** `0.02`, `1`, `500`, `20 k` */
export const tickText = (x: number): string => (x >= 1000 ? `${Number((x / 1000).toPrecision(3))} k` : String(Number(x.toPrecision(3))));

const px = (x: number): string => x.toFixed(1);

export const line = (x1: number, y1: number, x2: number, y2: number, cls: string): string => `<line x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}" class="${cls}"/>`;
export const text = (x: number, y: number, content: string, cls: string, anchor = 'start'): string => `<text x="${px(x)}" y="${px(y)}" class="${cls}" text-anchor="${anchor}">${escape(content)}</text>`;
export const dot = (x: number, y: number, contender: string, title: string, r = 4.5): string => `<circle cx="${px(x)}" cy="${px(y)}" r="${r}" class="dot ${classOf(contender)}"><title>${escape(title)}</title></circle>`;
