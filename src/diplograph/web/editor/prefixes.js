// Declares prefixes at the top of a query, and offers them beside the list of them on the page.

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
        ? `PREFIX ${prefix}: was added to the query.`
        : `The query declares ${prefix}: already.`;
    });
    place.append(button);
  }
}
