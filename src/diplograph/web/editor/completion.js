// Offers the words of SPARQL, the query's variables, and the terms of the graph with their prefix.
import { pickedCompletion } from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";
import { addPrefix } from "./prefixes.js";

const KEYWORDS = `ASK AS ASC AVG BIND BOUND BY COALESCE CONCAT CONSTRUCT CONTAINS COUNT DATATYPE DESC
  DESCRIBE DISTINCT EXISTS FILTER FROM GRAPH GROUP GROUP_CONCAT HAVING IF IN LANG LCASE LIMIT MAX MIN
  MINUS NAMED NOT OFFSET OPTIONAL ORDER PREFIX REGEX REPLACE SELECT SERVICE STR STRENDS STRLEN
  STRSTARTS SUBSTR SUM UCASE UNDEF UNION VALUES WHERE YEAR`;
const WORD = /[?$]\w*|[A-Za-z][\w-]*:[\w.-]*|[A-Za-z]\w*/;
const SILENT = /^(comment|string)$/;
const keywords = KEYWORDS.split(/\s+/).map((label) => ({ label, type: "keyword", boost: -10 }));

/** Return a function that gives what the server knows of, asked of it once, at the first call. */
export function readTerms(address) {
  let asked;
  return () => (asked ??= fetchTerms(address));
}

async function fetchTerms(address) {
  try {
    const answer = await fetch(address);
    const { prefixes, terms } = answer.ok ? await answer.json() : { prefixes: {}, terms: [] };
    const byWords = [...wordTerms(terms, prefixes), ...offerPrefixes(prefixes)];
    return { prefixes, byName: nameTerms(terms, prefixes), byWords };
  } catch {
    return { prefixes: {}, byName: [], byWords: [] }; // no network: what needs no server is offered all the same
  }
}

/** Return what may stand at the cursor; `readTerms` gives the graph's. */
export async function complete(context, terms) {
  const word = context.matchBefore(WORD);
  if (context.matchBefore(/<[^\s<>]*/)) return null; // an IRI is being written
  const node = syntaxTree(context.state).resolveInner(context.pos, -1);
  if ((!word && !context.explicit) || SILENT.test(node.name)) return null;
  const text = word ? word.text : "";
  const from = word ? word.from : context.pos;
  if (/^[?$]/.test(text)) return { from, options: listVariables(context, from), validFor: /^[?$]\w*$/ };
  const known = await terms();
  const fits = FITTING[findRole(context.state.doc.sliceString(0, from))];
  if (text.includes(":")) {
    return { from, options: known.byName.filter(fits), validFor: /^[\w.:-]*$/ };
  }
  const variables = text ? [] : listVariables(context, from);
  const fitting = known.byWords.filter(fits);
  return { from, options: [...variables, ...keywords, ...fitting], validFor: /^\w*$/ };
}

/**
 * Return what may stand after `before`: "class" after `a`, "property" in the place of a predicate,
 * else "any". A bracket begins an expression, of which nothing is known.
 */
function findRole(before) {
  const text = before.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|(^|\s)#.*$/gm, " x ");
  const open = text.lastIndexOf("{");
  if (open < 0) return "any";
  const statement = text.slice(open + 1).split(/\.(?=\s|$)|\}/).at(-1);
  if (/[()]/.test(statement.replace(/\([^()]*\)/g, ""))) return "any";
  if (/^\s*(?:FILTER|BIND|VALUES|GRAPH|SERVICE)\b/i.test(statement)) return "any";
  const words = statement.split(/\s+/).filter(Boolean);
  const last = words.at(-1) ?? "";
  const since = words.slice(Math.max(words.lastIndexOf(";") + 1, 0));
  const first = words.includes(";") ? 0 : 1; // a subject stands only before the first `;`
  if (/^(?:a|rdf:type)$/.test(last) || (last === "," && since.includes("a"))) return "class";
  if (last.endsWith(";") || since.length === first || /[/|^]$/.test(last)) {
    return words.length ? "property" : "any";
  }
  return "any";
}

const FITTING = {
  any: () => true,
  class: (option) => !option.kind || option.kind === "class",
  property: (option) => !option.kind || option.kind === "property",
};

function listVariables(context, place) {
  const found = new Set();
  for (const each of context.state.doc.toString().matchAll(/[?$]\w+/g)) {
    if (each.index !== place) found.add(each[0]);
  }
  return [...found].sort().map((label) => ({ label, type: "variable", boost: 10 }));
}

/** The options where a prefix is being written: `dg:Mee`. */
function nameTerms(terms, prefixes) {
  return terms.map((term) => ({ ...describeTerm(term, prefixes), label: term.name }));
}

/** The options where a word is being written: a term is found by its name and by its label. */
function wordTerms(terms, prefixes) {
  return terms.map((term) => ({
    ...describeTerm(term, prefixes),
    label: `${term.name.split(":")[1]} ${term.label}`,
    displayLabel: term.name,
    boost: term.kind === "thing" ? -5 : 0,
  }));
}

function offerPrefixes(prefixes) {
  return Object.entries(prefixes).map(([prefix, iri]) => ({
    label: `${prefix}:`,
    type: "prefix",
    info: iri,
    boost: -5,
    apply: (view, option, from, to) => insertTerm(view, option, `${prefix}:`, prefix, prefixes, from, to),
  }));
}

function describeTerm(term, prefixes) {
  const prefix = term.name.split(":")[0];
  return {
    type: term.kind,
    kind: term.kind,
    detail: term.label,
    info: term.definition ? `${term.kind}: ${term.definition}` : undefined,
    apply: (view, option, from, to) => insertTerm(view, option, term.name, prefix, prefixes, from, to),
  };
}

/** Write a term, and its prefix at the top of the query where it is not declared there yet. */
function insertTerm(view, option, name, prefix, prefixes, from, to) {
  const added = addPrefix(view.state.doc.toString(), prefix, prefixes[prefix]);
  const changes = view.state.changes([...added, { from, to, insert: name }]);
  const before = added.reduce((sum, each) => sum + (each.from <= from ? each.insert.length : 0), 0);
  view.dispatch({
    changes,
    selection: { anchor: from + before + name.length },
    annotations: pickedCompletion.of(option),
    userEvent: "input.complete",
    scrollIntoView: true,
  });
}
