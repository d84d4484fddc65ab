#include "core/report/pages/page_style.h"

namespace certify {

const char* const kPageStyle = R"(
:root{color-scheme:light dark;--page:#f4f5f7;--panel:#fff;--ink:#16191d;--mute:#5a626c;--line:#dfe3e8;
--accent:#0072b2;--warn:#8a4b00;--warn-panel:#fff6e5;--bad:#c00000;--bad-panel:#fdecec}
@media (prefers-color-scheme:dark){:root{--page:#0d0f12;--panel:#14171c;--ink:#e8eaed;--mute:#a3abb6;
--line:#2b3139;--accent:#56b4e9;--warn:#f0c674;--warn-panel:#2a2110;--bad:#ff6b6b;--bad-panel:#331416}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI","Helvetica Neue","DejaVu Sans",Arial,sans-serif}
main{max-width:880px;margin:0 auto;padding:28px 20px 48px}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .6rem;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:0 0 .7rem;overflow-wrap:anywhere}
section,.tiles{margin:0 0 20px}
section{background:var(--panel);border:1px solid var(--line);border-radius:10px;padding:18px 20px}
.figure svg{display:block;width:100%;height:auto}
.narrow{display:none}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));gap:12px}
.tiles div{background:var(--panel);border:1px solid var(--line);border-radius:10px;padding:12px 16px}
.tiles b{display:block;font-size:1.45rem;line-height:1.25;font-variant-numeric:tabular-nums}
.tiles span,.note,th{color:var(--mute)}
.tiles span,.note,table{font-size:.9rem}
.note{margin:.7rem 0 0}
.tiles+.note{margin:-8px 4px 20px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:5px 10px;border-bottom:1px solid var(--line);white-space:nowrap}
th{font-weight:600}
td small{display:block;color:var(--mute);font-size:.86em}
tbody tr:last-child td{border-bottom:0}
th:first-child,td:first-child,.text{text-align:left}
th:first-child,td:first-child{padding-left:0}
th:last-child,td:last-child{padding-right:0}
.scroll td:first-child,.scroll th:first-child{white-space:normal;overflow-wrap:anywhere;min-width:8rem}
#image-table td:first-child,#image-table th:first-child{min-width:0}
#runs td,#runs th{white-space:normal;vertical-align:top}
.settings td{white-space:normal;vertical-align:top;text-align:left;overflow-wrap:anywhere}
.settings td:first-child{color:var(--mute);width:34%;padding-right:16px}
.warning,.finding{border-radius:10px;padding:12px 16px;margin:0 0 12px;border:1px solid;
overflow-wrap:anywhere}
.warning{color:var(--warn);background:var(--warn-panel)}
.finding{color:var(--bad);background:var(--bad-panel);font-weight:700}
.filters{display:flex;flex-wrap:wrap;gap:8px 16px;align-items:center;margin:0 0 12px;font-size:.9rem}
.filters+.note,.scroll+.filters{margin:12px 0 0}
.filters label{color:var(--mute);max-width:100%}
select,input,button{font:inherit;color:inherit;background:var(--page);border:1px solid var(--line);
border-radius:6px;padding:3px 8px;max-width:min(100%,70vw)}
input{width:6.5em}
button{cursor:pointer}
button:disabled{color:var(--mute);cursor:default;opacity:.6}
th button{border:0;background:none;padding:0;font-weight:600;color:var(--mute);white-space:nowrap}
th[aria-sort$=ending] button{color:var(--ink)}
tr.wrong td{color:var(--warn)}tr.abstained td{color:var(--mute)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
#readout{position:fixed;z-index:1;max-width:calc(100vw - 16px);padding:6px 10px;border-radius:6px;
background:var(--ink);color:var(--panel);font-size:.8rem;white-space:pre-wrap;pointer-events:none;
font-variant-numeric:tabular-nums}
#readout[hidden]{display:none}
@media (max-width:620px){main{padding:18px 12px 32px}section{padding:14px}
.wide{display:none!important}.narrow{display:block!important}.tiles{grid-template-columns:1fr 1fr}
.tiles div:last-child:nth-child(odd){grid-column:span 2}
.settings td:first-child{width:36%}
table{font-size:.84rem}th,td{padding:5px 6px}th{white-space:normal;vertical-align:bottom}}
@media print{body{background:#fff;font-size:11pt}main{max-width:none;padding:0}
section,.tiles div{border-color:#ccc}
section,tr,.tiles{break-inside:avoid}#images{break-inside:auto}h2{break-after:avoid}
table{font-size:.74rem}th,td{padding:3px 5px;white-space:normal}
.scroll{overflow:visible}.filters,#readout{display:none}
.wide{display:block!important}.narrow{display:none!important}}
)";

}  // namespace certify
