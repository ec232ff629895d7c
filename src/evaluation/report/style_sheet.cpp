#include "evaluation/report/style_sheet.hpp"

namespace undertone::evaluation {

std::string_view style_sheet() {
  // --s0 ... --s10 colour the cells of the confusion matrix; between --s4 and --s5 they jump, so
  // that every cell is far enough from its ink (WCAG 2.2, 4.5 : 1). --k0 ... --k7 are the colours
  // of Okabe and Ito, "Color Universal Design" (2008), grey for black, each at least 3 : 1 from the
  // paper. tests/browser measures both.
  return R"css(
:root{color-scheme:light dark;
--paper:#ffffff;--panel:#f5f7f9;--ink:#1c2126;--soft:#59636e;--line:#d5dbe1;
--accent:#0b5a9d;--warm:#b4530a;--on-bar:#ffffff;--pale:#7fb3dc;--grey:#8b96a2;
--s0:#f2f5f8;--s1:#d5e4f1;--s2:#b8d4ea;--s3:#9cc4e3;--s4:#7fb3dc;--s5:#2f77b5;
--s6:#276ba6;--s7:#205f96;--s8:#185287;--s9:#114677;--s10:#093a68;
--on-low:#1c2126;--on-high:#ffffff;
--k0:#5c6670;--k1:#cf8200;--k2:#0072b2;--k3:#d55e00;--k4:#008f68;--k5:#b8568f;--k6:#3a9bd1;--k7:#978a00}
@media screen and (prefers-color-scheme:dark){:root{
--paper:#15181c;--panel:#1d2227;--ink:#e4e8ec;--soft:#9aa5b1;--line:#373f48;
--accent:#6cb2eb;--warm:#f0a35e;--on-bar:#0b0e11;--pale:#3f6f99;--grey:#75818d;
--s0:#20262d;--s1:#223446;--s2:#25425e;--s3:#285176;--s4:#2a5f8f;--s5:#4f93c9;
--s6:#63a2d3;--s7:#78b0dd;--s8:#8cbfe6;--s9:#a1cdf0;--s10:#b5dcfa;
--on-low:#eef2f5;--on-high:#0b0e11;
--k0:#aab2bb;--k1:#e69f00;--k2:#56b4e9;--k3:#f2743a;--k4:#2fc08f;--k5:#de8fbc;--k6:#2f8fd8;--k7:#f0e442}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);
font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",Arial,sans-serif;
font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
header,main,footer{max-width:66rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:3.25rem}
main{padding-bottom:2rem}
footer{padding-top:1.25rem;padding-bottom:3rem;color:var(--soft);font-size:.875rem}
footer p{border-top:1px solid var(--line);padding-top:1.25rem}
h1{font-size:1.75rem;line-height:1.3;font-weight:650;letter-spacing:-.012em;margin:0 0 .6rem;max-width:46rem;text-wrap:balance}
h2{font-size:1.375rem;line-height:1.3;font-weight:650;letter-spacing:-.008em;margin:0 0 .5rem}
h3{font-size:1.125rem;line-height:1.35;font-weight:650;margin:0 0 .4rem}
p{margin:0 0 .8rem;max-width:42rem}
a{color:var(--accent);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;padding:.4rem .8rem;background:var(--paper)}
.about{color:var(--soft)}
.lesson{font-size:1.125rem;max-width:46rem}
section{margin-top:3.25rem}
section section{margin-top:2.5rem}
.evaluation{border-top:1px solid var(--line);padding-top:2.5rem}
nav + .evaluation{border-top:0;padding-top:0}
nav ul{list-style:none;margin:1.75rem 0 0;padding:.8rem 0;display:flex;flex-wrap:wrap;gap:.3rem 1.5rem;
border-top:1px solid var(--line);border-bottom:1px solid var(--line);font-size:.9375rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:1.5rem 2.5rem;margin:1.75rem 0 1.25rem}
.figures dt,.counts dt{font-size:.9375rem;color:var(--soft)}
.figures dd,.counts dd{margin:0}
.figures .value{font-size:2.75rem;line-height:1.15;font-weight:600;letter-spacing:-.025em}
.figures .range{color:var(--soft);font-size:.9375rem}
.counts{display:flex;flex-wrap:wrap;gap:.5rem 2.5rem;margin:0}
.counts dd{font-weight:600}
.notices{border-left:4px solid var(--warm);background:var(--panel);padding:.9rem 1.25rem;margin:1.75rem 0 0;border-radius:0 6px 6px 0}
.notices h2,.notices h3{font-size:1rem;margin:0 0 .25rem}
.notices ul{margin:0;padding-left:1.15rem}
.notices p{margin:0}
.versus{display:flex;flex-wrap:wrap;align-items:stretch;gap:1rem;margin:1.75rem 0}
.versus div{flex:1 1 13rem;background:var(--panel);border-radius:8px;padding:1rem 1.25rem;border-top:4px solid var(--line)}
.versus .optimistic{border-top-color:var(--warm)}
.versus .honest{border-top-color:var(--accent)}
.versus dt{font-size:.9375rem;color:var(--soft)}
.versus dd{margin:0}
.versus .value{font-size:2.75rem;line-height:1.2;font-weight:600;letter-spacing:-.025em}
.versus .gap .value{color:var(--warm)}
.versus .range{color:var(--soft);font-size:.9375rem}
.side ul{margin:0 0 .8rem;padding-left:1.15rem}
.side{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:1.5rem 3rem;align-items:start;margin-top:1rem}
figure{margin:0}
svg{display:block;width:100%;height:auto;max-width:32rem}
svg text{font-size:12px;fill:var(--ink);unicode-bidi:isolate}
svg .tick{fill:var(--soft);font-size:11px}
svg .count{fill:var(--soft);font-size:9.5px}
svg .small{font-size:10.5px}
svg .middle{text-anchor:middle}
svg .end{text-anchor:end}
svg .cell{text-anchor:middle;font-weight:600}
svg .cell.small{font-weight:400}
svg .on-low{fill:var(--on-low)}
svg .on-high{fill:var(--on-high)}
svg .in-bar{fill:var(--on-bar);font-weight:600;font-size:13px}
svg .beside-bar{font-weight:600;font-size:13px}
svg .grid{stroke:var(--line);stroke-width:1}
svg .axis{stroke:var(--soft);stroke-width:1}
svg .ideal{stroke:var(--soft);stroke-width:1.25;stroke-dasharray:4 4}
svg .whisker{stroke:var(--ink);stroke-width:2}
svg .haloed{paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}
svg .halo{stroke:var(--paper);stroke-width:5}
svg .mean{stroke:var(--ink);stroke-width:2}
svg .band{fill:var(--pale);fill-opacity:.28}
svg .dot{fill:var(--accent);stroke:var(--paper);stroke-width:1}
svg .curve{fill:none;stroke:var(--accent);stroke-width:2}
svg .miss{stroke:var(--warm);stroke-width:3;stroke-opacity:.55}
svg .histogram{fill:var(--pale)}
svg .recall,svg .honest{fill:var(--accent)}
svg .precision{fill:var(--pale)}
svg .f1{fill:var(--grey)}
svg .optimistic{fill:var(--warm)}
svg .gap{fill:var(--warm);fill-opacity:.16}
svg .frame{fill:none;stroke:var(--line)}
svg .point{fill-opacity:.72}
svg .doubted{fill-opacity:.28}
svg .trace.doubted{stroke-dasharray:2 4}
figcaption{font-weight:600;margin:0 0 .5rem}
.s0{fill:var(--s0)}.s1{fill:var(--s1)}.s2{fill:var(--s2)}.s3{fill:var(--s3)}.s4{fill:var(--s4)}.s5{fill:var(--s5)}
.s6{fill:var(--s6)}.s7{fill:var(--s7)}.s8{fill:var(--s8)}.s9{fill:var(--s9)}.s10{fill:var(--s10)}
.k0{fill:var(--k0)}.k1{fill:var(--k1)}.k2{fill:var(--k2)}.k3{fill:var(--k3)}.k4{fill:var(--k4)}.k5{fill:var(--k5)}
.k6{fill:var(--k6)}.k7{fill:var(--k7)}
svg .ring{fill:none;stroke:var(--ink);stroke-width:1.5}
svg .trace{fill:none;stroke-width:1.75;stroke-opacity:.8}
.t0{stroke:var(--k0)}.t1{stroke:var(--k1)}.t2{stroke:var(--k2)}.t3{stroke:var(--k3)}.t4{stroke:var(--k4)}
.t5{stroke:var(--k5)}.t6{stroke:var(--k6)}.t7{stroke:var(--k7)}
.scroll{overflow-x:auto;margin:0 0 1rem;max-width:100%}
.side + .scroll{margin-top:1.75rem}
table{border-collapse:collapse;font-size:.9375rem;line-height:1.4;overflow-wrap:normal}
caption{text-align:left;color:var(--soft);font-size:.875rem;padding:0 0 .5rem}
th,td{padding:.4rem 1.1rem .4rem 0;text-align:right;vertical-align:baseline;border-bottom:1px solid var(--line);
white-space:nowrap;unicode-bidi:isolate}
th:first-child{text-align:left;white-space:normal;min-width:5.5rem;max-width:20rem;overflow-wrap:break-word}
td:last-child,th:last-child{padding-right:.25rem}
.facts td{overflow-wrap:anywhere}
th{font-weight:600}
tbody th{font-weight:400}
thead th{white-space:normal;color:var(--soft);font-weight:600;font-size:.875rem;vertical-align:bottom}
tr.main th,tr.main td{font-weight:650}
td.lower{color:var(--warm)}
td svg{display:inline-block;width:5.5rem;height:.55rem;margin-left:.75rem;vertical-align:baseline}
td svg .track{fill:var(--line)}
td svg .fill{fill:var(--accent)}
.facts{width:100%;max-width:46rem}
.facts th{width:13rem;color:var(--soft)}
.facts td{text-align:left;white-space:normal}
details{margin:1rem 0}
summary{cursor:pointer;color:var(--accent);width:fit-content;margin-bottom:.6rem}
.reading dt{font-weight:650;margin-top:.9rem}
.reading dd{margin:0;max-width:42rem}
.law{border-left:4px solid var(--line);padding-left:1.1rem}
@media (max-width:52rem){.side{grid-template-columns:minmax(0,1fr)}}
@media (max-width:34rem){header{padding-top:1.75rem}h1{font-size:1.4375rem}
.figures .value,.versus .value{font-size:2.25rem}.facts th{width:8rem}
.facts{overflow-wrap:anywhere}th,td{padding-right:.6rem}
.facts th,.facts td{display:block;width:auto;text-align:left;border-bottom:0;padding:.1rem 0}
.facts td{border-bottom:1px solid var(--line);padding-bottom:.5rem}}
@media print{@page{margin:16mm 14mm}
body{font-size:10pt}header,main,footer{max-width:none;padding-left:0;padding-right:0}
header{padding-top:0}nav,.skip{display:none}h1{font-size:18pt}
h1,h2,h3,summary{break-after:avoid}
figure,table,tr,.figures,.versus,.notices,.law{break-inside:avoid}
.scroll{overflow:visible}.evaluation{break-before:page;border-top:0;padding-top:0}
section{margin-top:9mm}.side{grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:5mm 8mm}
details::details-content{content-visibility:visible;block-size:auto}
.figures{grid-template-columns:repeat(3,1fr)}
summary{color:inherit}table,thead th,caption{font-size:8.5pt}svg{max-width:86mm}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
)css";
}

}  // namespace undertone::evaluation
