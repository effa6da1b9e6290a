/** Colours: text and ground of 7:1 or more, series that people with colour blindness can distinguish. */
const LIGHT = `--ground:#fff;--panel:#fff;--page:#f4f5f7;--text:#16181d;--muted:#555c69;--line:#d9dce3;--accent:#1f55c4;--bad:#b3261e;--good:#156b3a;--s0:#2f6fde;--s1:#c9730a;--s2:#0f8f7e;--s3:#a8429e;--s4:#7c8695;--s5:#c23b4a;--s6:#9b8a1c`;
const DARK = `--ground:#15171c;--panel:#1c1f26;--page:#121419;--text:#eceef2;--muted:#a6adba;--line:#343a46;--accent:#8db4ff;--bad:#ff9d94;--good:#7fd6a2;--s0:#5f96f5;--s1:#eb9a3c;--s2:#3bbfa9;--s3:#d383cb;--s4:#98a2b3;--s5:#f07a86;--s6:#c9b94a`;
const COLOURS = `:root{color-scheme:light dark;${LIGHT}}@media (prefers-color-scheme:dark){:root{${DARK}}}`;

const SERIES = Array.from({ length: 7 }, (_, i) => `.s${i}{fill:var(--s${i})}`).join("");
const SHAPES = `${SERIES}.grid{stroke:var(--line);stroke-width:1}.hover{fill:transparent}svg text{fill:var(--text);font:12px system-ui,sans-serif}svg .tick{fill:var(--muted)}`;

/** The style of a chart that is a file of its own. */
export const CHART_STYLE = `${COLOURS}${SHAPES}.ground{fill:var(--panel)}svg .title{font-weight:600;font-size:14px}`;

/** The style of all pages. */
export const STYLE = `${COLOURS}${SHAPES}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
a{color:var(--accent)}
a:focus-visible,button:focus-visible,input:focus-visible,select:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
h1{font-size:1.15rem;margin:0}
h2{font-size:1.05rem;margin:0}
.skip{position:absolute;left:-999em}
.skip:focus{left:1rem;top:.5rem;background:var(--panel);padding:.4rem .8rem;z-index:1}
header,main,footer{max-width:1240px;margin:0 auto;padding:0 1.25rem}
header.top{display:flex;flex-wrap:wrap;gap:.4rem 1.4rem;align-items:center;padding-top:1rem}
header.top .who{margin-left:auto;display:flex;gap:.8rem;align-items:center;color:var(--muted);font-size:.9rem}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem;margin:0;padding:0}
nav a{display:block;padding:.4rem .7rem;border-radius:.45rem;text-decoration:none;color:var(--text)}
nav a:hover{background:var(--line)}
nav a[aria-current]{background:var(--accent);color:var(--ground);font-weight:600}
form.filters{display:flex;flex-wrap:wrap;gap:.6rem .9rem;align-items:end;margin:1rem 0;padding:.9rem 1rem;background:var(--panel);border:1px solid var(--line);border-radius:.6rem}
form.filters label{display:flex;flex-direction:column;font-size:.82rem;color:var(--muted);gap:.15rem}
form.filters select{max-width:13rem}
form.filters details{align-self:center}
form.filters details>div{display:flex;flex-wrap:wrap;gap:.6rem .9rem;align-items:end;padding-top:.4rem}
form.filters details[open]{flex-basis:100%;order:1}
form.filters label.check{flex-direction:row;align-items:center;gap:.4rem;padding-bottom:.45rem}
input,select,button{font:inherit;color:var(--text);background:var(--ground);border:1px solid var(--muted);border-radius:.4rem;padding:.35rem .55rem;min-height:2.3rem;max-width:100%}
input[type=checkbox]{min-height:0;width:1.1rem;height:1.1rem}
button{background:var(--accent);border-color:var(--accent);color:var(--ground);font-weight:600;cursor:pointer}
button.plain{background:none;color:var(--accent);font-weight:400;border-color:var(--line)}
.period{color:var(--muted);margin:.2rem 0 1rem;font-size:.9rem}
.tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:.75rem;margin:0 0 1rem;padding:0}
.tiles div{background:var(--panel);border:1px solid var(--line);border-radius:.6rem;padding:.7rem .9rem}
.tiles dt{color:var(--muted);font-size:.82rem}
.tiles dd{margin:0;font-size:1.45rem;font-weight:600;font-variant-numeric:tabular-nums;line-height:1.3}
.tiles dd.change{font-size:.82rem;font-weight:400;color:var(--muted)}
section.panel{background:var(--panel);border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.1rem;margin:0 0 1rem}
section.panel>.head{display:flex;flex-wrap:wrap;gap:.2rem 1rem;align-items:baseline;justify-content:space-between}
section.panel .about{color:var(--muted);margin:.15rem 0 .8rem;font-size:.9rem}
.files{display:flex;gap:.9rem;font-size:.85rem}
.notice{border-left:4px solid var(--accent);padding:.5rem .9rem;background:var(--panel);margin:0 0 1rem}
.empty{color:var(--muted);margin:.6rem 0}
figure{margin:0 0 .6rem}
svg.chart{display:block;width:100%;height:auto}
svg.narrow{display:none}
summary{cursor:pointer;color:var(--accent);padding:.2rem 0}
.scroll{overflow-x:auto;max-height:34rem;overflow-y:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{position:absolute;left:-999em}
th,td{text-align:left;padding:.38rem .7rem .38rem 0;border-bottom:1px solid var(--line);vertical-align:top}
thead th{position:sticky;top:0;background:var(--panel);color:var(--muted);font-weight:600;font-size:.82rem}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
tbody th{font-weight:400}
.text{overflow-wrap:anywhere;min-width:7rem;max-width:34rem}
svg.bar{display:block;width:100%;min-width:4rem;height:4px;margin-top:.15rem}
svg.bar .s0{fill:var(--s0)}
.ok{color:var(--good)}.bad,.fault{color:var(--bad);font-weight:600}
main.login{max-width:26rem;margin:12vh auto;padding:1.6rem;background:var(--panel);border:1px solid var(--line);border-radius:.8rem}
main.login h1{font-size:1.4rem;margin-bottom:1rem}
main.login label,main.login input,main.login button{display:block;width:100%;margin-bottom:.8rem}
footer{color:var(--muted);font-size:.85rem;padding-bottom:2rem}
@media (max-width:760px){svg.wide{display:none}svg.narrow{display:block;max-width:34rem}header,main,footer{padding-left:.8rem;padding-right:.8rem}form.filters label{flex:1 1 8.5rem}form.filters select{max-width:13rem}
form.filters details{align-self:center}
form.filters details>div{display:flex;flex-wrap:wrap;gap:.6rem .9rem;align-items:end;padding-top:.4rem}
form.filters details[open]{flex-basis:100%;order:1}
form.filters label.check{flex:0 0 auto}form.filters select{max-width:none}form.filters button{flex:1 1 100%;order:2}header.top .who{margin-left:0}.tiles{grid-template-columns:repeat(2,1fr)}.tiles dd{font-size:1.25rem}section.panel{padding:.8rem}}
@media (prefers-reduced-motion:no-preference){nav a{transition:background .15s}}
@media print{form.filters,nav,.files,.who{display:none}}
`;

export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1f55c4"/><path d="M6 22L11 9l5 11 5-11 5 13" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></svg>
`;
