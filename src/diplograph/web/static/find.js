// Narrows the names of a static copy to those that match what is typed, without a server.
"use strict";

const fold = (text) =>
  text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

const finder = document.getElementById("finder");
const field = document.getElementById("sought");
const status = document.getElementById("found");
const otherNames = JSON.parse(document.getElementById("other-names").textContent);
const items = [...document.querySelectorAll(".names li")].map((element, place) => ({
  element,
  words: fold([element.textContent, ...otherNames[place]].join(" ")).split(" "),
}));
const sections = [...document.querySelectorAll(".names")];

function show() {
  const sought = fold(field.value).split(" ").filter(Boolean);
  let found = 0;
  for (const { element, words } of items) {
    const matches = sought.every((start) => words.some((word) => word.startsWith(start)));
    element.hidden = !matches;
    found += matches;
  }
  for (const section of sections) {
    section.hidden = !section.querySelector("li:not([hidden])");
  }
  status.textContent = !sought.length
    ? ""
    : found
      ? `${found} found.`
      : "No results. Try fewer words, or another spelling.";
}

finder.hidden = false;
field.value = new URLSearchParams(location.search).get("q") || "";
field.addEventListener("input", show);
show();
