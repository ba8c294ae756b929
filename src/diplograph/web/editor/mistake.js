// Marks in the editor what the server could not read, at the line and column it told.
import { setDiagnostics } from "@codemirror/lint";

/** Mark the mistake that `textarea` carries, put the cursor there, and return it in a list. */
export function markMistake(view, textarea, said) {
  const line = Number(textarea.dataset.line);
  const column = Number(textarea.dataset.column);
  if (!line || !column || line > view.state.doc.lines) return [];
  const told = document.getElementById("refusal");
  const message = told ? told.textContent.trim() : "There is a mistake here.";
  const { from, to } = findPlace(view.state.doc.line(line), column);
  const mistakes = [{ from, to, severity: "error", message }];
  view.dispatch(setDiagnostics(view.state, mistakes));
  view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
  view.contentDOM.setAttribute("aria-invalid", "true");
  const forgive = () => view.contentDOM.removeAttribute("aria-invalid");
  view.contentDOM.addEventListener("input", forgive, { once: true });
  said.textContent = `Marked in the query: ${message}`;
  if (told) told.append(" ", createButton(line, view));
  view.focus();
  return mistakes;
}

/** Return the word that begins at a column, or the character before where the line ends there. */
export function findPlace(line, column) {
  const characters = [...line.text].slice(0, column - 1).join("").length; // of UTF-16, as here
  const word = line.text.slice(characters).match(/^(?:[\w:?$-]+|\S)/);
  const start = Math.min(characters, line.text.length);
  if (word) return { from: line.from + start, to: line.from + start + word[0].length };
  return { from: line.from + Math.max(0, start - 1), to: line.from + start };
}

function createButton(line, view) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = `Go to line ${line}`;
  button.addEventListener("click", () => view.focus());
  return button;
}
