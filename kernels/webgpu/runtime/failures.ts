/** Which windows of commands failed: what they wrote, and what was written until the error was known, may be wrong. */
import type { OnnxError } from '../../../src/errors.ts';

interface Failure {
  readonly from: number;
  readonly to: number;
  readonly error: OnnxError;
}

/** Failures that are remembered one by one; older ones become one span. */
const MOST = 64;

export class Failures {
  private list: Failure[] = [];

  /** True once something failed: only then is there anything to check. */
  get any(): boolean {
    return this.list.length > 0;
  }

  get last(): OnnxError | undefined {
    return this.list.at(-1)?.error;
  }

  /** Windows `from` to `to` cannot be trusted. */
  add(from: number, to: number, error: OnnxError): void {
    this.list.push({ from, to, error });
    if (this.list.length > MOST) this.list = [{ from: this.list[0].from, to: this.list[1].to, error: this.list[0].error }, ...this.list.slice(2)];
  }

  /** Throws the error of the failure that concerns what was written in this window. */
  check(written: number): void {
    for (const { from, to, error } of this.list) if (written >= from && written <= to) throw error;
  }
}
