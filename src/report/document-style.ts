/** The style of a report's page. Colours were chosen for a contrast of at least 4.5 to 1 on both grounds. */
export const pageStyle = `
:root { color-scheme: light dark; --ground: #ffffff; --ink: #1b1f24; --quiet: #57606a; --line: #d0d7de; --soft: #f3f5f7;
  --c0: #0b62c4; --c1: #b3500b; --c2: #1a7f37; --c3: #8250df; --c4: #a40e5c; --c5: #6b6100; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #12161c; --ink: #e4e8ed; --quiet: #9aa5b1; --line: #343c46; --soft: #1b212a;
    --c0: #6cb2ff; --c1: #f0a15e; --c2: #63cf80; --c3: #c3a3ff; --c4: #ff8fc4; --c5: #d8c94a; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem; padding-top: .8rem; border-top: 1px solid var(--line); }
p { max-width: 46rem; overflow-wrap: anywhere; }
.verdict { font-size: 1.15rem; border-left: .3rem solid var(--c0); padding: .4rem .9rem; background: var(--soft); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; font-size: .9rem; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; margin: .8rem 0; }
.wide:focus-visible, pre:focus-visible { outline: 2px solid var(--c0); outline-offset: 2px; }
table { border-collapse: collapse; font-size: .9rem; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
.number { text-align: right; } td.number { font-variant-numeric: tabular-nums; }
pre { overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--soft); padding: .8rem; font-size: .82rem; line-height: 1.45; }
figure { margin: 1rem 0; overflow-x: auto; } figure:focus-visible { outline: 2px solid var(--c0); outline-offset: 2px; } figcaption { font-weight: 600; margin-bottom: .3rem; }
svg { display: block; width: 100%; height: auto; min-width: 36rem; max-width: 46rem; }
svg text { fill: var(--ink); font-size: 13px; } svg .tick { fill: var(--quiet); font-size: 12px; }
svg .grid { stroke: var(--line); stroke-width: 1; } svg .frame { stroke: var(--quiet); stroke-width: 1; }
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } .verdict { font-size: 1.05rem; } }
@media print { .wide { overflow: visible; } }
`;
