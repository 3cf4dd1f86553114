/** Kernels that write their calls down instead of making them. */
import type { Kernels } from '../modules.ts';

export class Recording {
  private readonly kernels: Kernels;
  private calls = new Float64Array(4096);
  private length = 0;

  constructor(kernels: Kernels) {
    let index = 0; // in the order that Hand lists them
    const writers = (exports: object): object => Object.fromEntries(
      Object.entries(exports).filter(([, e]) => typeof e === 'function').map(([name]) => {
        const call = index++;
        return [name, (...args: number[]) => this.add(call, args)];
      }),
    );
    const simd = writers(kernels.simd) as Kernels['simd'];
    const relaxed = kernels.relaxed && writers(kernels.relaxed) as Kernels['relaxed'];
    this.kernels = {
      ...kernels, simd, relaxed, dots: kernels.dots && relaxed && { ...relaxed, unsigned: kernels.dots.unsigned }, madd: kernels.madd && relaxed,
    };
  }

  /**
   * The calls that `body` makes for each tile: first the positions where tile 0, 1, ... and the end lie, then each call as its
   * number and its arguments. Valid until the next `write`.
   */
  write(tiles: number, body: (kernels: Kernels, tile: number) => void): Float64Array {
    this.length = 0;
    this.reserve(tiles + 1);
    this.length = tiles + 1;
    for (let tile = 0; tile < tiles; tile++) {
      this.calls[tile] = this.length;
      body(this.kernels, tile);
    }
    this.calls[tiles] = this.length;
    return this.calls.subarray(0, this.length);
  }

  private add(call: number, args: readonly number[]): void {
    this.reserve(args.length + 1);
    this.calls[this.length++] = call;
    for (const a of args) this.calls[this.length++] = a;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.calls.length) return;
    const larger = new Float64Array(2 * (this.length + count));
    larger.set(this.calls);
    this.calls = larger;
  }
}
