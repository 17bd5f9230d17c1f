/** The status page's style: light and dark by the reader's setting, one column where there is no room for more. */
export const statusStyle = `
:root { color-scheme: light dark; --ink: #16202a; --soft: #51606f; --ground: #f7f8f9; --card: #ffffff; --line: #d5dbe1; --good: #0b6b3a; --bad: #b3261e; --link: #0a58a5; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf2; --soft: #a3b1bf; --ground: #10161c; --card: #19222b; --line: #33404d; --good: #6fd8a0; --bad: #ff9d94; --link: #8cc4ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; justify-content: space-between; }
h1 { font-size: 1.4rem; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 1.5rem 0 .5rem; }
.host, .lead, .remark { color: var(--soft); font-weight: normal; }
.state { margin: 0; font-weight: 600; }
.state.good { color: var(--good); }
.state.bad { color: var(--bad); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1rem 0; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem; }
dt { color: var(--soft); font-size: .85rem; }
dd { margin: 0; font-size: 1.3rem; font-variant-numeric: tabular-nums; }
dd.remark { font-size: .8rem; min-height: 1.2em; }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .35rem .8rem; border-top: 1px solid var(--line); white-space: nowrap; }
thead th { border-top: 0; color: var(--soft); font-size: .85rem; font-weight: 600; }
th:first-child { text-align: left; white-space: normal; }
tbody th { font-weight: normal; }
.name { overflow-wrap: anywhere; }
meter { width: 5rem; height: .8rem; margin-left: .5rem; vertical-align: middle; }
a { color: var(--link); margin-right: 1rem; display: inline-block; }
a:focus-visible, .scroll:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
@media (max-width: 30rem) { meter { display: none; } }
`;
