// How the editor looks: the colours of the page's stylesheet, so that light and dark follow it.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { StyleModule } from "style-mod";

const wavy = "underline wavy var(--warn) 2px";

const theme = EditorView.theme({
  "&": {
    backgroundColor: "var(--raised)",
    color: "var(--ink)",
    border: "1px solid var(--edge)",
    borderRadius: "4px",
    fontSize: "0.875rem",
  },
  "&.cm-focused": { outline: "3px solid var(--accent)", outlineOffset: "2px" },
  ".cm-scroller": {
    fontFamily: "var(--code)",
    lineHeight: "1.5",
    minHeight: "12rem",
    maxHeight: "70vh",
    overflow: "auto",
  },
  ".cm-content": { caretColor: "var(--ink)", padding: "0.45rem 0" },
  ".cm-content:focus-visible": { outline: "none" },
  ".cm-cursor": { borderLeftColor: "var(--ink)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--raised)", color: "var(--soft)", borderRight: "0" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLine": { backgroundColor: "var(--fill)" },
  "& .cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground":
    { backgroundColor: "var(--line)" },
  "&.cm-focused .cm-matchingBracket": {
    backgroundColor: "transparent",
    boxShadow: "0 0 0 1px var(--edge)",
  },
  "&.cm-focused .cm-nonmatchingBracket": {
    backgroundColor: "transparent",
    textDecoration: wavy,
  },
  ".cm-tooltip": {
    backgroundColor: "var(--paper)",
    color: "var(--ink)",
    border: "1px solid var(--edge)",
    borderRadius: "4px",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {
    fontFamily: "var(--code)",
    maxWidth: "90vw",
    maxHeight: "none",
    overflow: "hidden",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "4px 8px", lineHeight: "1.4" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--accent)",
    color: "var(--accent-ink)",
  },
  ".cm-completionDetail": { fontFamily: "var(--plain)", fontStyle: "normal", marginLeft: "0.9em" },
  ".cm-tooltip.cm-completionInfo": { maxWidth: "24rem", padding: "0.4rem 0.6rem" },
  // The usual underline is a picture in a data: address, which pages here may not load.
  ".cm-lintRange-error": {
    backgroundImage: "none",
    paddingBottom: "0",
    textDecoration: wavy,
    backgroundColor: "var(--fill)",
  },
  ".cm-lintRange-warning": {
    backgroundImage: "none",
    paddingBottom: "0",
    textDecoration: "underline dotted var(--doubt) 2px",
  },
  ".cm-diagnostic": { padding: "0.4rem 0.6rem" },
  ".cm-diagnostic-error": { borderLeft: "3px solid var(--warn)" },
  ".cm-diagnostic-warning": { borderLeft: "3px solid var(--doubt)" },
  ".cm-diagnosticAction": { backgroundColor: "var(--accent)", color: "var(--accent-ink)" },
  ".cm-panels": { backgroundColor: "var(--paper)", color: "var(--ink)" },
  ".cm-panel.cm-panel-lint ul": { maxHeight: "8rem" },
  ".cm-panel.cm-panel-lint ul [aria-selected]": { backgroundColor: "var(--fill)", color: "var(--ink)" },
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
  { tag: tags.standard(tags.variableName), color: "var(--accent)" },
  { tag: [tags.string, tags.meta], color: "var(--good)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
  { tag: tags.local(tags.variableName), color: "var(--warn)" },
  { tag: tags.atom, color: "var(--doubt)" },
]);

export const look = [theme, syntaxHighlighting(colours)];

/**
 * Let CodeMirror's styles be sheets made by script: it would write a <style> element into the
 * page, which the pages' Content-Security-Policy forbids.
 */
export function mountStyles() {
  const sheet = new CSSStyleSheet();
  let mounted = [];
  StyleModule.mount = (root, modules) => {
    const given = Array.isArray(modules) ? modules : [modules];
    const ordered = [...given, ...mounted.filter((each) => !given.includes(each))];
    if (ordered.length === mounted.length && ordered.every((each, i) => each === mounted[i])) return;
    mounted = ordered;
    sheet.replaceSync(mounted.map((each) => each.getRules()).join("\n"));
    if (!root.adoptedStyleSheets.includes(sheet)) {
      root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    }
  };
}
