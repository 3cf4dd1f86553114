/** Random weights of networks that are only timed: normally distributed and scaled so that activations keep their size from layer to layer. */
import { mulberry32 } from '../../src/runtime/random.ts';
import { sizeOf, Tensor } from '../../src/tensor/index.ts';

export class Weights {
  readonly #uniform: () => number;

  constructor(seed: number) {
    this.#uniform = mulberry32(seed);
  }

  /** Normal numbers of standard deviation `deviation`. dims: any shape. */
  normal(dims: readonly number[], deviation: number): Tensor {
    return new Tensor('float32', Float32Array.from({ length: sizeOf(dims) }, () => deviation * this.#normal()), dims);
  }

  /** Whole numbers in [0, below). */
  integers(length: number, below: number): number[] {
    return Array.from({ length }, () => Math.floor(this.#uniform() * below));
  }

  /** Box and Muller's transformation. */
  #normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#uniform())) * Math.cos(2 * Math.PI * this.#uniform());
  }
}
