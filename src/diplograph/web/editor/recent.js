// Keeps the last queries in this browser alone, where it lets pages keep anything.
const KEY = "diplograph.queries";
const MOST = 20;
const LONGEST = 20000;
const SHOWN = 90;

function readQueries() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((each) => typeof each === "string") : [];
  } catch {
    return []; // the browser keeps nothing, or something else wrote there
  }
}

function writeQueries(queries) {
  try {
    localStorage.setItem(KEY, JSON.stringify(queries));
  } catch {
    // full or forbidden: a query is run all the same, and not remembered
  }
}

/** Remember a query that was run, the newest first and each once. */
export function keepQuery(text) {
  if (text.length > LONGEST) return;
  const others = readQueries().filter((each) => each !== text);
  writeQueries([text, ...others].slice(0, MOST));
}

/** Fill `place` with the queries run before; choosing one calls `load` with its text. */
export function offerQueries(place, load) {
  const queries = readQueries();
  if (!place || !queries.length) return;
  const list = place.querySelector("ol");
  for (const text of queries) list.append(createItem(text, load));
  const clear = place.querySelector("[data-clear]");
  clear.addEventListener("click", () => {
    writeQueries([]);
    place.hidden = true;
  });
  place.hidden = false;
}

function createItem(text, load) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = nameQuery(text);
  button.addEventListener("click", () => load(text));
  item.append(button);
  return item;
}

/** Return what a query is known by: its first comment, or what comes after its prefixes. */
function nameQuery(text) {
  const comment = text.match(/^\s*#\s*(\S.*)/);
  const words = comment ? comment[1] : text.replace(/^\s*(?:PREFIX|BASE)\b.*$/gim, "");
  const line = words.replace(/\s+/g, " ").trim();
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}
