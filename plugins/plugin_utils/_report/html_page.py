# Copyright (c) 2026, dbops contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Style and script of the HTML report; neither holds anything of a server."""

from __future__ import annotations

STYLE = """
:root{--ink:#1c2733;--soft:#5b6875;--paper:#fff;--card:#f5f7f9;--line:#d5dbe1;--critical:#b3122b;--high:#c2470a;--medium:#8a6400;
--low:#23638f;--info:#5b6875;--good:#1c7a45;--mark:#fff3cf}
@media(prefers-color-scheme:dark){:root{--ink:#e3e8ed;--soft:#9aa7b3;--paper:#12181e;--card:#1b232b;--line:#34404b;--critical:#ff6b7f;
--high:#ff9a5c;--medium:#e2b84a;--low:#78b9e6;--info:#9aa7b3;--good:#5cc98a;--mark:#3a3214}}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:1200px;margin:0 auto;padding:1rem}
h1{font-size:1.5rem;margin:.2rem 0}h2{font-size:1.15rem;margin:1.8rem 0 .6rem}h3{font-size:1rem;margin:0}
p{margin:.3rem 0}.counts{display:flex;flex-wrap:wrap;gap:.5rem;list-style:none;padding:0;margin:.6rem 0}
.counts li{border:1px solid var(--line);border-left:4px solid var(--info);border-radius:6px;padding:.3rem .8rem}
.critical{--tone:var(--critical)}.high{--tone:var(--high)}.medium{--tone:var(--medium)}.low{--tone:var(--low)}.info{--tone:var(--info)}
.counts li{border-left-color:var(--tone)}
article{background:var(--card);border-left:5px solid var(--tone);border-radius:6px;padding:.8rem 1rem;margin:.7rem 0;
overflow-wrap:anywhere;break-inside:avoid}
.tag{color:var(--tone);text-transform:uppercase;font-size:.8em;letter-spacing:.04em}
.rule,small{color:var(--soft);font-size:.88em}
dl{display:grid;grid-template-columns:5.5rem 1fr;gap:.25rem .8rem;margin:.5rem 0 0}dt{color:var(--soft)}dd{margin:0}
dd ul{margin:0;padding-left:1.1rem}
.filters{display:flex;flex-wrap:wrap;gap:.8rem}select,input{font:inherit;color:inherit;background:var(--card);
border:1px solid var(--line);border-radius:5px;padding:.15rem .4rem;max-width:16rem}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.9em}th,td{text-align:left;padding:.25rem .7rem;
border-bottom:1px solid var(--line);white-space:nowrap;max-width:22rem;overflow:hidden;text-overflow:ellipsis}
tbody th{font-weight:500}.differs{background:var(--mark)}
svg{max-width:none;height:auto}svg text{font:12px system-ui,sans-serif;fill:var(--soft)}svg .name{font-weight:600;fill:var(--ink);
font-size:14px}
svg .good{--tone:var(--good)}svg .bad{--tone:var(--critical)}svg rect{fill:var(--card);stroke:var(--tone);stroke-width:1.5}
svg .box:not(.good) rect{stroke-width:2.5}svg .box:not(.good) text:last-child{fill:var(--tone)}
svg .arrow{stroke:var(--tone);stroke-width:2;fill:none}svg .arrow:not(.good){stroke-dasharray:10 3}
svg .arrow.bad{stroke-dasharray:6 4}
svg marker path{fill:context-stroke}
svg .label{font-size:11.5px;paint-order:stroke;stroke:var(--paper);stroke-width:4px}svg .label:not(.good){fill:var(--tone)}
.trend{width:100%}.trend td:nth-child(2){width:100%;max-width:none;padding:0}.trend tbody th{color:var(--tone)}
.trend svg{display:block;width:100%;height:1.9rem}
.trend path{fill:none;stroke:var(--tone);stroke-width:2;vector-effect:non-scaling-stroke}
@media(max-width:600px){dl{grid-template-columns:1fr}dt{margin-top:.3rem}body{padding:.6rem}}
@media print{.filters{display:none}body,svg{max-width:100%}}
"""

SCRIPT = """
const form = document.querySelector('.filters');
const show = () => {
  const wanted = new FormData(form);
  const text = wanted.get('text').toLowerCase();
  for (const one of document.querySelectorAll('article')) {
    const fits = ['severity', 'host', 'group'].every(name => !wanted.get(name) || one.dataset[name] === wanted.get(name));
    one.hidden = !fits || !one.textContent.toLowerCase().includes(text);
  }
};
form.addEventListener('input', show);
form.addEventListener('submit', event => event.preventDefault());
"""
