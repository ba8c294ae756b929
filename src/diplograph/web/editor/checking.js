// Marks the mistakes of a query while it is written, as the server finds them, with what may be meant.
import { linter } from "@codemirror/lint";
import { findPlace } from "./mistake.js";

const PAUSE = 700; // milliseconds without a key before the server is asked

/**
 * Return the extension that checks a query at `address` when its writer pauses. The server has read
 * the `first` text already: `known` returns what it said of that.
 */
export function markWhileTyping(address, first, known) {
  async function check(view) {
    const text = view.state.doc.toString();
    if (text === first) return known();
    if (!text.trim()) return [];
    const mistakes = await askServer(address, text);
    return text === view.state.doc.toString() ? mistakes.map((own) => describe(own, view)) : [];
  }
  return linter(check, { delay: PAUSE });
}

async function askServer(address, text) {
  try {
    const answer = await fetch(address, { method: "POST", body: new URLSearchParams({ query: text }) });
    return answer.ok ? (await answer.json()).mistakes : [];
  } catch {
    return []; // no network: nothing is marked until the query is run
  }
}

/** Return a mistake as CodeMirror has it; a name that nothing has can be replaced by one click. */
function describe(mistake, view) {
  const line = view.state.doc.line(Math.min(mistake.line, view.state.doc.lines));
  const place = findPlace(line, mistake.column);
  const severity = mistake.name ? "warning" : "error";
  const actions = (mistake.near ?? []).map((meant) => ({
    name: `Use ${meant}`,
    apply: (own, from, to) => own.dispatch({ changes: { from, to, insert: meant } }),
  }));
  return { ...place, severity, message: mistake.message, actions };
}
