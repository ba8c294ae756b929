// Sorts and filters the rows of an answer that are shown, and says how long the query took.
"use strict";

for (const table of document.querySelectorAll("table.results")) improve(table);
showTime();

/** Let a table be sorted by the heads of its columns, and filtered by words. */
function improve(table) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  if (rows.length < 2) return;
  [...table.tHead.rows[0].cells].forEach((head, column) => addSorting(table, head, column, rows));
  addFilter(table, rows);
}

function addSorting(table, head, column, rows) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "sort";
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", () => {
    const falling = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", falling ? "descending" : "ascending");
    const keys = new Map(rows.map((row) => [row, readKey(row.cells[column])]));
    const sorted = [...rows].sort((one, other) => compareKeys(keys.get(one), keys.get(other)));
    table.tBodies[0].append(...(falling ? sorted.reverse() : sorted));
  });
}

/** Return what a cell is sorted by: a number, or its text in small letters. */
function readKey(cell) {
  const text = (cell.dataset.sort ?? cell.textContent).trim();
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text.toLowerCase();
}

/** Numbers come before texts, and empty cells last. */
function compareKeys(one, other) {
  if (one === other) return 0;
  if (one === "" || other === "") return one === "" ? 1 : -1;
  if (typeof one === "number" && typeof other === "number") return one - other;
  if (typeof one !== typeof other) return typeof one === "number" ? -1 : 1;
  return one.localeCompare(other, "en");
}

function addFilter(table, rows) {
  const place = document.createElement("p");
  place.className = "filter-rows";
  const label = document.createElement("label");
  label.textContent = "Filter these rows ";
  const field = document.createElement("input");
  field.type = "search";
  field.autocomplete = "off";
  const count = document.createElement("span");
  count.setAttribute("role", "status");
  label.append(field);
  place.append(label, " ", count);
  (table.closest(".scroll") ?? table).before(place);
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    count.textContent = words.length ? `${shown} of ${rows.length} rows match.` : "";
  });
}

/** Put the time that the query took, which the server sends beside the page, after the number of rows. */
function showTime() {
  const total = document.querySelector("[data-total]");
  const [page] = performance.getEntriesByType("navigation");
  const timing = page?.serverTiming?.find((entry) => entry.name === "query");
  if (!total || !timing) return;
  const time = timing.duration < 1000 ? `${Math.max(1, Math.round(timing.duration))} ms`
    : `${(timing.duration / 1000).toFixed(1)} s`;
  total.append(` The query took ${time}.`);
}
