/**
 * A kernel's roofline: operations a second over operations a byte, both logarithmic, under what the machine can do (Williams, Waterman, Patterson
 * 2009): the slope is memory bandwidth, the flat parts are arithmetic.
 */
import type { Ceilings } from '../ceilings.ts';
import { isBandwidth, type Result } from '../result.ts';
import { digits, rate } from './format.ts';
import { dot, line, logAxis, text, ticks, tickText } from './svg.ts';

const WIDTH = 640, HEIGHT = 380, LEFT = 52, RIGHT = 12, TOP = 30, BOTTOM = 44;

interface Roofs {
  readonly bandwidth: readonly (keyof Ceilings)[];
  readonly arithmetic: readonly (keyof Ceilings)[];
}

/** The ceilings that the rows of a kernel are held against, and those beside them. */
function roofsOf(results: readonly Result[], ceilings: Ceilings): Roofs {
  const named = new Set(results.flatMap((r) => r.row.ceiling ?? []).filter((c) => Number.isFinite(ceilings[c])));
  const arithmetic = [...named].filter((c) => !isBandwidth(c));
  const onFloats = results.some((r) => /float32( ->|$)|f32 x|float32 x nf4/.test(r.row.types));
  const usual = (onFloats ? ['f32 mul+add', 'f32 madd'] : ['i16 dot', 'i32 dot']) as (keyof Ceilings)[];
  return {
    bandwidth: named.has('write') ? ['write'] : ['read'],
    arithmetic: [...new Set([...arithmetic, ...(arithmetic.length === 0 ? usual : arithmetic.includes('f32 mul+add') ? ['f32 madd' as const] : [])])].filter((c) => Number.isFinite(ceilings[c])),
  };
}

/** Undefined for a kernel without rows that say both their operations and their bytes. */
export function roofline(results: readonly Result[], ceilings: Ceilings): string | undefined {
  const rows = results.filter((r) => r.row.operations !== undefined && r.row.bytes !== undefined && r.timings.length > 0);
  if (rows.length === 0) return undefined;
  const roofs = roofsOf(rows, ceilings);
  const intensity = (r: Result): number => r.row.operations! / r.row.bytes!;
  const speeds = rows.flatMap((r) => r.timings.map((t) => r.row.operations! / t.median / 1e6));
  const highest = Math.max(...speeds, ...roofs.arithmetic.map((c) => ceilings[c]));
  const slowest = Math.min(...roofs.bandwidth.map((c) => ceilings[c]));
  const ridge = Math.max(...roofs.arithmetic.map((c) => ceilings[c])) / slowest;
  const xs = rows.map(intensity);
  const x = logAxis(Math.min(...xs, ridge) / 2.5, Math.max(...xs, ridge) * 2.5, LEFT, WIDTH - RIGHT);
  const y = logAxis(Math.min(...speeds) / 1.6, highest * 1.8, HEIGHT - BOTTOM, TOP);
  const grid = [
    ...ticks(x).map((v) => line(x.at(v), TOP, x.at(v), HEIGHT - BOTTOM, 'grid') + text(x.at(v), HEIGHT - BOTTOM + 16, tickText(v), 'tick', 'middle')),
    ...ticks(y).map((v) => line(LEFT, y.at(v), WIDTH - RIGHT, y.at(v), 'grid') + text(LEFT - 6, y.at(v) + 4, tickText(v), 'tick', 'end')),
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, 'operations a byte', 'axis', 'middle'), text(LEFT - 44, 14, 'GOPS', 'axis'),
  ];
  const top = Math.max(...roofs.arithmetic.map((c) => ceilings[c]));
  const lines = [
    ...[...roofs.arithmetic].sort((a, b) => ceilings[b] - ceilings[a]).map((c, i, list) => {
      const from = Math.max(x.low, Math.min(x.high, ceilings[c] / Math.max(...roofs.bandwidth.map((b) => ceilings[b]))));
      const height = y.at(ceilings[c]);
      // A label steps aside where the one above stands too close.
      const aside = list.slice(0, i).filter((other, j) => y.at(ceilings[list[j + 1]]) - y.at(ceilings[other]) < 14).length;
      return line(x.at(from), height, WIDTH - RIGHT, height, 'roof') + text(WIDTH - RIGHT - 2 - 110 * aside, height - 4, `${c} ${digits(ceilings[c])}`, 'label', 'end');
    }),
    ...roofs.bandwidth.map((c) => {
      const [from, to] = [Math.max(x.low, y.low / ceilings[c]), Math.min(x.high, top / ceilings[c])];
      const at = Math.sqrt(from * to);
      const angle = (Math.atan2(y.at(to * ceilings[c]) - y.at(from * ceilings[c]), x.at(to) - x.at(from)) * 180) / Math.PI;
      const [cx, cy] = [x.at(at), y.at(at * ceilings[c])];
      return line(x.at(from), y.at(from * ceilings[c]), x.at(to), y.at(to * ceilings[c]), 'roof')
        + `<g transform="rotate(${angle.toFixed(1)} ${cx.toFixed(1)} ${cy.toFixed(1)})">${text(cx, cy - 5, `${c} ${digits(ceilings[c])} GB/s`, 'label', 'middle')}</g>`;
    }),
  ];
  // Rows at one intensity share a guide; a number in the table below names each.
  const points = rows.map((r) => {
    const at = x.at(intensity(r));
    const number = results.indexOf(r) + 1;
    return line(at, TOP, at, HEIGHT - BOTTOM, 'guide') + r.timings.map((t) => dot(at, y.at(r.row.operations! / t.median / 1e6), t.contender, `${r.row.name}, ${t.contender}: ${rate(r.row, t)}`)).join('')
      + text(at, TOP - 6 - 11 * (rows.slice(0, rows.indexOf(r)).filter((o) => Math.abs(x.at(intensity(o)) - at) < 12).length % 2), `${number}`, 'label', 'middle');
  });
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Roofline of ${results[0].row.kernel}">${[...grid, ...lines, ...points].join('')}</svg>`;
}
