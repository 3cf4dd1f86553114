import type { LanguageModel } from './language-model.ts';

/** Turns tokens into text as they come. Holds back bytes of a character that is not whole yet. */
export class TextStream {
  private readonly model: LanguageModel;
  private readonly ids: number[];
  private shown: string;

  /** `prompt`: tokens that stand before, so that spaces between words come out right. */
  constructor(model: LanguageModel, prompt: readonly number[]) {
    this.model = model;
    this.ids = [...prompt];
    this.shown = model.decode(prompt);
  }

  /** The text a token adds. */
  push(token: number): string {
    this.ids.push(token);
    return this.advance(false);
  }

  /** What was held back. */
  end(): string {
    return this.advance(true);
  }

  private advance(all: boolean): string {
    const text = this.model.decode(this.ids);
    const whole = all ? text : text.replace(/\ufffd+$/, '');
    const added = whole.slice(this.shown.length);
    if (added !== '') this.shown = whole;
    return added;
  }
}
