/** All rows at a glance: onnxruntime-web's median over ours on a logarithmic axis, with what is promised. */
import { ratio, timingOf, type Result } from '../result.ts';
import { TARGETS } from '../targets.ts';
import { times } from './format.ts';
import { dot, line, logAxis, text, ticks, tickText } from './svg.ts';

const WIDTH = 960, LEFT = 330, RIGHT = 70, ROW = 22, TOP = 26;
const OURS = ['wasm simd128', 'wasm relaxed', 'wasm'];

export function overview(results: readonly Result[]): string {
  const rows = results.flatMap((result) => {
    const ours = OURS.flatMap((name) => {
      const timing = timingOf(result, name);
      const found = timing && ratio(result, timing, 'ort-web');
      return found === undefined ? [] : [{ name, found }];
    });
    return ours.length === 0 ? [] : [{ result, ours }];
  });
  if (rows.length === 0) return '';
  const all = rows.flatMap((r) => r.ours.map((o) => o.found));
  const x = logAxis(Math.min(...all, 0.8) / 1.2, Math.max(...all, 2) * 1.2, LEFT, WIDTH - RIGHT);
  const height = TOP + ROW * rows.length + 30;
  const parts = [
    ...ticks(x).map((v) => line(x.at(v), TOP - 8, x.at(v), height - 26, v === 1 ? 'roof' : 'grid') + text(x.at(v), height - 10, `${tickText(v)}x`, 'tick', 'middle')),
    ...rows.map(({ result, ours }, i) => {
      const y = TOP + ROW * i + 4;
      const target = TARGETS[result.row.name];
      const best = ours.reduce((a, b) => (b.found > a.found ? b : a));
      const marks = target === undefined ? [] : [target.simd128, target.relaxed].map((t) => line(x.at(t), y - 7, x.at(t), y + 7, 'target'));
      return text(LEFT - 10, y + 4, result.row.name, 'name', 'end') + line(LEFT, y, WIDTH - RIGHT, y, 'grid') + marks.join('')
        + ours.map((o) => dot(x.at(o.found), y, o.name, `${o.name}: ${times(o.found)} onnxruntime-web`, 5)).join('') + text(WIDTH - RIGHT + 8, y + 4, times(best.found), 'label');
    }),
  ];
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Ratio to onnxruntime-web, by row">${parts.join('')}</svg>`;
}
