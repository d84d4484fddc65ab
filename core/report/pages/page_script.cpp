#include "core/report/pages/image_table.h"

namespace certify {

// Text of files reaches the page through textContent only, never as markup.
const char* const kPageScript = R"js((() => {
"use strict";
const PAGE = 50;
const make = (tag, attributes = {}, text = "") => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
};

// Figures: what the strip under the pointer says, beside the pointer.
const readout = make("div", {id: "readout", role: "status"});
readout.hidden = true;
document.body.append(readout);
const show = (strip, x, y) => {
  readout.textContent = strip.dataset.values;
  readout.hidden = false;
  const box = readout.getBoundingClientRect();
  readout.style.left = Math.max(4, Math.min(x + 14, innerWidth - box.width - 8)) + "px";
  readout.style.top = Math.max(4, y + 18 + box.height > innerHeight ? y - box.height - 12 : y + 18) + "px";
};
for (const strip of document.querySelectorAll(".certify-chart .strip")) {
  const title = strip.querySelector("title");
  strip.dataset.values = title.textContent;
  title.remove();  // or the browser would show its own as well, a second later
  strip.addEventListener("pointermove", event => show(strip, event.clientX, event.clientY));
  strip.addEventListener("pointerdown", event => show(strip, event.clientX, event.clientY));
  strip.addEventListener("pointerleave", event => { readout.hidden = event.pointerType === "mouse"; });
}
addEventListener("scroll", () => { readout.hidden = true; }, {passive: true});

const source = document.getElementById("image-data");
if (!source) return;
const data = JSON.parse(source.textContent);
for (const run of data.runs) {
  for (const [key, column] of Object.entries(run)) {
    if (typeof column === "number") run[key] = data.columns[column];
  }
}
const nameOf = label => label < 0 ? "abstained" : data.classes[label] ?? `class ${label}`;
const outcome = (run, i) => run.predicted[i] < 0 ? "abstained"
    : run.predicted[i] === run.label[i] ? "correct" : "wrong";
const number = key => ({key, value: (run, i) => run[key][i], text: (run, i) => String(run[key][i])});
const columns = [
  {title: "image", ...number("index")},
  {title: "label", key: "label", words: true, value: (run, i) => run.label[i], text: (run, i) => nameOf(run.label[i])},
  {title: "prediction", key: "predicted", words: true, value: (run, i) => run.predicted[i],
   text: (run, i) => nameOf(run.predicted[i])},
  {title: "outcome", key: "outcome", words: true, value: outcome, text: outcome},
  {title: data.value, key: "radius", value: (run, i) => run.predicted[i] < 0 ? -1 : run.radius[i],
   text: (run, i) => run.predicted[i] < 0 ? "–" : String(run.radius[i])},
  {title: "votes", ...number("n_top")},
  {title: "runner-up", ...number("n_runner_up")},
  {title: "samples", ...number("n")},
  {title: "seconds", ...number("seconds")},
];

const state = {run: 0, sort: "index", down: false, page: 0, outcome: "", label: "", least: 0, image: ""};
const filters = document.getElementById("image-filters");
const table = document.getElementById("image-table");
const pages = document.getElementById("image-pages");

const field = (name, control, key, parse = value => value) => {
  const label = make("label", {}, name + " ");
  label.append(control);
  filters.append(label);
  control.addEventListener("input", () => { state[key] = parse(control.value); state.page = 0; draw(); });
};
const choice = (id, entries) => {
  const select = make("select", {id});
  for (const [value, text] of entries) select.append(make("option", {value}, text));
  return select;
};
const labels = new Set();
for (const run of data.runs) for (const label of run.label) labels.add(label);
const sorted = [...labels].sort((a, b) => a - b);
if (data.runs.length > 1) {
  field("run", choice("image-run", data.runs.map((run, i) => [i, run.name])), "run", Number);
}
field("outcome", choice("image-outcome", ["", "correct", "wrong", "abstained"].map(o => [o, o || "all"])), "outcome");
field("label", choice("image-label", [["", "all"], ...sorted.map(l => [l, nameOf(l)])]), "label");
field(`${data.value} ≥`, make("input", {id: "image-least", type: "number", min: 0, step: "any", size: 6}), "least",
      text => Number(text) || 0);
field("image", make("input", {id: "image-number", type: "number", min: 0, size: 6}), "image");

const chosen = run => {
  const rows = [];
  for (let i = 0; i < run.index.length; ++i) {
    if (state.outcome && outcome(run, i) !== state.outcome) continue;
    if (state.label !== "" && run.label[i] !== Number(state.label)) continue;
    if (state.least > 0 && !(run.predicted[i] >= 0 && run.radius[i] >= state.least)) continue;
    if (state.image !== "" && run.index[i] !== Number(state.image)) continue;
    rows.push(i);
  }
  const {value} = columns.find(column => column.key === state.sort);
  const sign = state.down ? -1 : 1;
  const compare = (a, b) => a < b ? -1 : a > b ? 1 : 0;
  return rows.sort((a, b) => sign * compare(value(run, a), value(run, b)) || run.index[a] - run.index[b]);
};

const draw = () => {
  const run = data.runs[state.run];
  const there = columns.filter(column => column.key === "outcome" || run[column.key]);
  if (!there.some(column => column.key === state.sort)) state.sort = "index";
  const rows = chosen(run);
  const last = Math.max(0, Math.ceil(rows.length / PAGE) - 1);
  state.page = Math.min(state.page, last);
  const head = make("tr");
  for (const column of there) {
    const by = column.key === state.sort;
    const cell = make("th", {scope: "col", class: column.words ? "text" : "",
                             "aria-sort": by ? state.down ? "descending" : "ascending" : "none"});
    const button = make("button", {type: "button", "data-key": column.key},
                        column.title + (by ? state.down ? " ↓" : " ↑" : ""));
    button.addEventListener("click", () => {
      state.down = by ? !state.down : !column.words && column.key !== "index";
      state.sort = column.key;
      state.page = 0;
      draw();
      table.querySelector(`[data-key="${column.key}"]`).focus({preventScroll: true});
    });
    cell.append(button);
    head.append(cell);
  }
  const body = make("tbody");
  const from = state.page * PAGE;
  for (const i of rows.slice(from, from + PAGE)) {
    const row = make("tr", {class: outcome(run, i)});
    for (const column of there) row.append(make("td", {class: column.words ? "text" : ""}, column.text(run, i)));
    body.append(row);
  }
  const thead = make("thead");
  thead.append(head);
  table.replaceChildren(thead, body);
  const turn = (text, by, off) => {
    const button = make("button", {type: "button"}, text);
    button.disabled = off;
    button.addEventListener("click", () => { state.page += by; draw(); });
    return button;
  };
  const count = rows.length === 0 ? "no image" :
      `${from + 1}–${Math.min(from + PAGE, rows.length)} of ${rows.length}`;
  pages.replaceChildren(turn("← back", -1, state.page === 0), make("span", {id: "image-count"}, count),
                        turn("next →", 1, state.page === last));
};
draw();
})();
)js";

}  // namespace certify
