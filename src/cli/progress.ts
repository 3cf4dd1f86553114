/** A progress bar on stderr, and nothing where stderr is not a terminal. */
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  update(done: number, label?: string): void;
  stop(): void;
}

export function startProgress(total: number, what: string): Progress {
  if (process.stderr.isTTY !== true) return { update() {}, stop() {} };
  const bar = new SingleBar({
    stream: process.stderr, clearOnComplete: true, hideCursor: true, barsize: 30,
    format: `${what} {bar} {value}/{total} {label}`,
  }, Presets.shades_classic);
  bar.start(total, 0, { label: '' });
  return { update: (done, label = '') => bar.update(done, { label: label.slice(0, 40) }), stop: () => bar.stop() };
}
