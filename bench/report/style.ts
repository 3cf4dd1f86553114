/** The page's style, in light and dark. */
export const STYLE = `
:root{color-scheme:light dark;--ground:#fcfcfb;--panel:#fff;--ink:#1c1b19;--faint:#6b6963;--rule:#e4e2dc;--roof:#8a877f;--bad:#b3261e;--bad-ground:#fdecea;
--cpu:#8a877f;--simd:#2a78d6;--relaxed:#0b7a5c;--web:#d9622b;--node:#8b55c4}
@media(prefers-color-scheme:dark){:root{--ground:#191918;--panel:#21201f;--ink:#ecebe7;--faint:#a3a098;--rule:#383632;--roof:#8f8c84;--bad:#ff8a80;--bad-ground:#41201d;
--cpu:#a3a098;--simd:#5aa2f2;--relaxed:#35b48c;--web:#f08a55;--node:#b68ae6}}
*{box-sizing:border-box}body{font:14px/1.45 system-ui,sans-serif;background:var(--ground);color:var(--ink);max-width:68rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:0 0 .3rem}p{margin:.2rem 0;color:var(--faint)}section{background:var(--panel);border:1px solid var(--rule);border-radius:8px;padding:1rem;margin:1rem 0}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:1rem}dl{display:grid;grid-template-columns:auto 1fr;gap:.1rem .8rem;margin:0}dt{color:var(--faint)}dd{margin:0;font-variant-numeric:tabular-nums}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1rem;position:sticky;top:0;background:var(--ground);padding:.5rem 0;z-index:1}.legend span{display:inline-flex;align-items:center;gap:.3rem;color:var(--ink)}
.scroll{overflow-x:auto}.chart svg{width:100%;max-width:46rem;height:auto;min-width:32rem;display:block;margin:auto}section>.scroll>svg{width:100%;min-width:44rem;height:auto;display:block}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}td,th{padding:0 .35rem;text-align:right;white-space:nowrap}td:first-child,th:first-child{text-align:left;padding-left:.2rem}
th{color:var(--faint);font-weight:400}td svg,th svg{display:block}.row td{text-align:left;padding-top:.9rem;white-space:normal;border-bottom:1px solid var(--rule)}small{color:var(--faint)}
.claims td{text-align:left;padding:.1rem .5rem}.claims th{text-align:left}summary h2{display:inline}details table{margin-top:.6rem}
.miss td,.alarm{color:var(--bad)}.alarm{background:var(--bad-ground);font-weight:600;padding:.4rem .7rem;border-radius:6px}
.grid{stroke:var(--rule)}.guide{stroke:var(--roof);stroke-dasharray:2 4;opacity:.6}.roof{stroke:var(--roof);stroke-width:1.5}.target{stroke:var(--ink);stroke-width:2.5}
.tick,.axis,.label{font-size:11px;fill:var(--faint)}.label{fill:var(--ink);paint-order:stroke;stroke:var(--panel);stroke-width:4px}.name{font-size:12px;fill:var(--ink)}
.dot{stroke-width:1.5;stroke:var(--panel);fill:var(--cpu)}.whisker{stroke-width:3;opacity:.45;stroke:var(--cpu)}
.wasm-simd128{fill:var(--simd);--own:var(--simd)}.wasm-relaxed,.wasm-{fill:var(--relaxed);--own:var(--relaxed)}.ort-web{fill:var(--web);--own:var(--web)}.ort-node{fill:var(--node);--own:var(--node)}
.cpu{--own:var(--cpu)}.whisker{stroke:var(--own)}.dot.hollow{fill:var(--panel);stroke:var(--own);stroke-width:2}
`;
