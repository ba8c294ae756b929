// Declares prefixes at the top of a query, and offers them beside the list of them on the page.
import { syntaxTree } from "@codemirror/language";
import { EditorView } from "@codemirror/view";

const SILENT = /^(comment|string)$/;

/** Return the change that declares `prefix`, none where the query declares it already. */
export function addPrefix(text, prefix, iri) {
  if (!iri || new RegExp(`^\\s*PREFIX\\s+${prefix}:`, "im").test(text)) return [];
  const line = `PREFIX ${prefix}: <${iri}>`;
  const declared = [...text.matchAll(/^[ \t]*(?:PREFIX|BASE)\b.*$/gim)].at(-1);
  if (declared) return [{ from: declared.index + declared[0].length, insert: `\n${line}` }];
  const comments = text.match(/^(?:[ \t]*#.*\n)*/)[0].length;
  return [{ from: comments, insert: `${line}\n` }];
}

/** Put a button beside each prefix of `list` that declares it in the query. */
export function offerPrefixes(list, view, said) {
  for (const place of list ? list.querySelectorAll("[data-prefix]") : []) {
    const { prefix, iri } = place.dataset;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.textContent = "Insert";
    button.setAttribute("aria-label", `Insert prefix ${prefix}`);
    button.addEventListener("click", () => {
      const changes = addPrefix(view.state.doc.toString(), prefix, iri);
      view.dispatch({ changes });
      said.textContent = changes.length
        ? `PREFIX ${prefix}: added to the query.`
        : `The query already declares ${prefix}:.`;
    });
    place.prepend(button);
  }
}

/** Let a prefix that is typed, and that `terms` knows, be declared where it is not yet. */
export function declareTyped(terms) {
  return EditorView.updateListener.of(async (update) => {
    const typed = update.transactions.some((each) => each.isUserEvent("input.type"));
    const prefix = typed && readPrefix(update.state);
    if (!prefix) return;
    const { prefixes } = await terms();
    const changes = addPrefix(update.view.state.doc.toString(), prefix, prefixes[prefix]);
    if (changes.length) update.view.dispatch({ changes });
  });
}

/** Return the prefix whose colon was just written, "" where there is none or it is no prefix. */
function readPrefix(state) {
  const place = state.selection.main.head;
  const before = state.doc.lineAt(place).text.slice(0, place - state.doc.lineAt(place).from);
  const silent = SILENT.test(syntaxTree(state).resolveInner(place, -1).name);
  if (silent || /\bPREFIX\s+\S*$/i.test(before) || /<[^\s<>]*$/.test(before)) return "";
  return before.match(/(?:^|[^\w:?$-])([A-Za-z][\w-]*):$/)?.[1] ?? "";
}
