// Lets CodeMirror take the place of the textarea in each query form of a page.
import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { lintKeymap } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { markWhileTyping } from "./checking.js";
import { complete, readTerms } from "./completion.js";
import { language } from "./language.js";
import { look, mountStyles } from "./look.js";
import { markMistake } from "./mistake.js";
import { declareTyped, offerPrefixes } from "./prefixes.js";
import { keepQuery, offerQueries } from "./recent.js";
import { offerLink } from "./sharing.js";

// Characters of an encoded query that every server and proxy takes in an address.
const LONGEST = 8000;
const HINT = "runs the query. Ctrl+Space completes a term. Tab leaves the editor.";

mountStyles();
for (const form of document.querySelectorAll("form.query")) enhance(form);
offerLink(document.querySelector("[data-share]"));

function enhance(form) {
  const textarea = form.querySelector("textarea");
  const said = addElement(form, "p", { className: "said", role: "status" });
  const terms = readTerms(form.dataset.terms);
  let mistakes = [];
  const view = createView();
  view.contentDOM.addEventListener("focus", terms, { once: true });
  form.addEventListener("submit", (event) => submit(event, view, said));
  addEventListener("pageshow", (event) => {
    form.method = "get";
    if (event.persisted) said.textContent = ""; // one has gone back to this page
  });
  mistakes = markMistake(view, textarea, said);
  for (const link of document.querySelectorAll("a[data-edit]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      form.scrollIntoView();
      view.focus();
    });
  }
  offerQueries(document.getElementById("recent"), (text) => replaceText(view, text));
  offerPrefixes(document.getElementById("prefixes"), view, said);

  function createView() {
    const label = form.querySelector(`label[for="${textarea.id}"]`);
    label.id = `${textarea.id}-label`;
    label.removeAttribute("for");
    const modifier = /Mac|iP(hone|ad)/.test(navigator.platform) ? "Cmd" : "Ctrl";
    const hint = addElement(form, "p", { className: "hint", id: `${textarea.id}-hint` });
    hint.textContent = `${modifier}+Enter ${HINT}`;
    const described = [textarea.getAttribute("aria-describedby"), hint.id].filter(Boolean);
    const created = new EditorView({
      state: EditorState.create({ doc: textarea.value, extensions: extend(label, described) }),
    });
    textarea.before(created.dom);
    created.dom.after(hint);
    textarea.hidden = true;
    textarea.required = false;
    label.addEventListener("click", () => created.focus());
    return created;
  }

  function extend(label, described) {
    const run = () => (form.requestSubmit(), true);
    return [
      Prec.highest(keymap.of([{ key: "Mod-Enter", run }])),
      lineNumbers(),
      highlightSpecialChars(),
      highlightActiveLine(),
      history(),
      drawSelection(),
      bracketMatching(),
      EditorView.lineWrapping,
      language,
      indentOnInput(),
      autocompletion({
        override: [(context) => complete(context, terms)],
        icons: false,
        maxRenderedOptions: 10, // all of them are seen: a list to scroll needs a pointer
      }),
      keymap.of([...completionKeymap, ...historyKeymap, ...lintKeymap, ...defaultKeymap]),
      EditorView.domEventHandlers({ beforeinput: replaceSelection }),
      declareTyped(terms),
      markWhileTyping(form.dataset.check, textarea.value, () => mistakes),
      look,
      EditorView.contentAttributes.of({
        "aria-labelledby": label.id,
        "aria-describedby": described.join(" "),
        "aria-multiline": "true",
        tabindex: "0", // what it shows may be longer than its window, which scrolls with it
        spellcheck: "false",
      }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) textarea.value = update.state.doc.toString();
      }),
    ];
  }
}

/**
 * Replace what is selected by what is typed. Chromium would do it itself, and keep the look of what
 * was there in a style attribute, which the pages' Content-Security-Policy forbids.
 */
function replaceSelection(event, view) {
  const typed = event.inputType === "insertText" && !event.isComposing && event.data;
  if (!typed || view.state.selection.main.empty) return false;
  const change = view.state.replaceSelection(event.data);
  view.dispatch(change, { userEvent: "input.type", scrollIntoView: true });
  return true;
}

/** Send the form as it would be without this script; a long query goes in the body. */
function submit(event, view, said) {
  const form = event.target;
  const text = view.state.doc.toString();
  if (!text.trim()) {
    event.preventDefault();
    said.textContent = "Write a query first.";
    view.focus();
    return;
  }
  const long = encodeURIComponent(text).length > LONGEST;
  form.method = long ? "post" : "get";
  const shown = form.elements.format.value === "html"; // else a file is saved, and this page stays
  said.textContent = shown ? "Running the query." : "";
  if (long) said.textContent = "The query is too long for an address, so its answer has no link.";
  keepQuery(text);
}

function replaceText(view, text) {
  view.dispatch({
    changes: { from: 0, to: view.state.doc.length, insert: text },
    selection: { anchor: 0 },
    scrollIntoView: true,
  });
  view.focus();
}

function addElement(parent, name, properties) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "role") element.setAttribute(key, value);
    else element[key] = value;
  }
  parent.append(element);
  return element;
}
