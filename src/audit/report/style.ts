// The look of a report: one sheet, light and dark, nothing fetched.

export const styleSheet = `
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6675; --line: #d9dee6; --page: #fbfcfd;
  --card: #fff; --student: #b4460f; --baseline: #2f6fb3; --control: #4a7d2c; --teacher: #7a3fa0;
  --band: #8a94a633; --alarm: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --soft: #9aa5b4; --line: #333c49;
  --page: #12161c; --card: #1a2029; --student: #f08a4b; --baseline: #6cabec; --control: #8fc46a;
  --teacher: #c08be2; --alarm: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 74rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.2rem; margin: 0; } h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
p { margin: .35rem 0; } .soft, figcaption { color: var(--soft); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.25rem; margin: 1.25rem 0; }
.verdict { display: inline-block; border: 1px solid currentColor; border-radius: 999px; padding: 0 .6rem; font-weight: 600; }
.bad { color: var(--alarm); } .wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .45rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; } th { color: var(--soft); font-weight: 500; }
a { color: inherit; } figure { margin: .5rem 0 0; } svg { width: 100%; height: auto; max-width: 46rem; }
svg text { fill: var(--ink); font-size: 12px; } svg .tick { fill: var(--soft); text-anchor: middle; } svg .name { text-anchor: end; }
svg .grid { stroke: var(--line); } svg .threshold { stroke: var(--alarm); stroke-dasharray: 5 4; } svg .band { fill: var(--band); }
svg .outer { stroke-width: 2; } svg .inner { stroke-width: 6; opacity: .55; } svg .path { fill: none; stroke-width: 2; }
.student { stroke: var(--student); } .baseline { stroke: var(--baseline); } .control { stroke: var(--control); } .teacher { stroke: var(--teacher); }
circle.student { fill: var(--student); } circle.baseline { fill: var(--baseline); } circle.control { fill: var(--control); } circle.teacher { fill: var(--teacher); }
details { margin: .35rem 0; } summary { cursor: pointer; } code { font-size: .85em; overflow-wrap: anywhere; }
dt { font-weight: 600; margin-top: .5rem; } dd { margin: 0; color: var(--soft); }
@media print { body { max-width: none; } section { break-inside: avoid; } }
`;
