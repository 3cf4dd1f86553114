import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { model, nibble, temporary } from './command.ts';

const dir = temporary();
const digits = model('digits/qdq_u8s8/model.onnx');

describe('nibble diff', () => {
  it('tells what two levels differ in', async () => {
    const { code, out } = await nibble('diff', digits, '--ep', 'cpu');
    expect(code).toBe(0);
    expect(out).toMatch(/^- Conv \/0\/Conv\n {4}now in QLinearConv /m);
    expect(out).toMatch(/^\+ QLinearConv .*\n {4}stands for .*\/0\/Conv/m);
    expect(out).toMatch(/35 -> 9 nodes: \d+ removed, \d+ added, \d+ changed, \d+ kept/);
  });

  it('compares numbers of patches', async () => {
    const { out } = await nibble('diff', digits, '--ep', 'cpu', '--from', '3', '--to', '3');
    expect(out).toContain('0 removed, 0 added, 0 changed');
    expect((await nibble('diff', digits, '--from', 'most')).code).toBe(1);
  });

  it('gives JSON, Mermaid and DOT', async () => {
    const json = JSON.parse((await nibble('diff', digits, '--ep', 'cpu', '--format', 'json')).out) as { after: { nodes: unknown[] } };
    expect(json.after.nodes).toHaveLength(9);
    const mermaid = (await nibble('diff', digits, '--ep', 'cpu', '--format', 'mermaid')).out;
    expect(mermaid).toMatch(/^flowchart TB\n/);
    expect(mermaid).toMatch(/^ {4}a\d+\["QLinearConv<br\/>.*"\]:::added$/m);
    const dot = (await nibble('diff', digits, '--ep', 'cpu', '--format', 'dot')).out;
    expect(dot).toMatch(/b\d+ -> b\d+ \[label="uint8\[n, 16, 8, 8\], scale 0\.01616, zero point 0"\];/);
  });

  it('draws a page that needs nothing else', async () => {
    const file = join(dir, 'diff.html');
    expect((await nibble('diff', digits, '--ep', 'cpu', '--format', 'html', '-o', file)).code).toBe(0);
    const page = readFileSync(file, 'utf8');
    // Type and quantization of edges, whole.
    expect(page).toMatch(/>uint8\[n, 1, 8, 8\]<.*>scale 0.003922, zero point 0</s);
    expect(page.match(/<svg /g)).toHaveLength(2);
    expect(page.match(/<g class="added">/g)!.length).toBeGreaterThan(3);
    expect(page.match(/<g class="(removed|changed|kept)">/g)!.length).toBeGreaterThan(35);
    expect(page).not.toMatch(/https?:|<script [^>]|<link|src=|@import|NaN/);
  });
});
