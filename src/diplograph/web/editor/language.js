// SPARQL as the editor colours it: CodeMirror's own mode, with the keywords that it lacks.
import { StreamLanguage } from "@codemirror/language";
import { sparql } from "@codemirror/legacy-modes/mode/sparql";

const KEYWORDS = new RegExp(
  `^(?:a|as|asc|ask|base|bind|by|construct|default|desc|describe|distinct|exists|false|filter|from
  |graph|group|having|in|limit|minus|named|not|offset|optional|order|prefix|reduced|select|separator
  |service|silent|true|undef|union|values|version|where)$`.replace(/\s+/g, ""),
  "i",
);
const FUNCTIONS = new RegExp(
  `^(?:abs|avg|bnode|bound|ceil|coalesce|concat|contains|count|datatype|day|encode_for_uri|floor
  |group_concat|hours|if|iri|isblank|isiri|isliteral|isnumeric|istriple|isuri|lang|langmatches|lcase
  |max|md5|min|minutes|month|now|object|predicate|rand|regex|replace|round|sameterm|sample|seconds
  |sha1|sha256|sha384|sha512|str|strafter|strbefore|strdt|strends|strlang|strlen|strstarts|struuid
  |subject|substr|sum|timezone|triple|tz|ucase|uri|uuid|year)$`.replace(/\s+/g, ""),
  "i",
);
const UNREAD = /^(?:comment|string|variable-2)/;

export const language = StreamLanguage.define({
  ...sparql,
  languageData: { ...sparql.languageData, indentOnInput: /^\s*[)\]}]$/ },
  token(stream, state) {
    const start = stream.pos;
    const style = sparql.token(stream, state);
    const word = stream.string.slice(start, stream.pos);
    if (style && UNREAD.test(style)) return style;
    if (KEYWORDS.test(word)) return "keyword";
    if (FUNCTIONS.test(word) && /^\s*\(/.test(stream.string.slice(stream.pos))) return "builtin";
    return style;
  },
});
