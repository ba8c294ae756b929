/* Suggestions while typing, as a combobox with a list (ARIA Authoring Practices), and "/" to search.
   Without this file the fields are plain ones. */
"use strict";

(() => {
  const WAIT = 120; // milliseconds without a key before the server is asked
  const LONGEST = 80; // characters; longer texts are no beginnings of names
  let count = 0;

  /** Returns where a field's suggestions are, or "" for a field without any. */
  function findSource(input) {
    if (input.dataset.suggest) return input.dataset.suggest;
    const action = input.form ? new URL(input.form.action).pathname : "";
    return input.id === "find" && action.endsWith("/search")
      ? action.replace(/search$/, "suggest")
      : "";
  }

  class Suggestions {
    constructor(input, source) {
      this.input = input;
      this.source = new URL(source, location.href);
      this.fills = this.source.searchParams.has("field"); // else a choice opens its page
      const day = new URLSearchParams(location.search).get("asof");
      if (day) this.source.searchParams.set("asof", day);
      this.options = [];
      this.chosen = -1;
      this.timer = 0;
      this.request = null;
      this.build();
      this.listen();
    }

    build() {
      const number = ++count;
      this.list = document.createElement("ul");
      this.list.id = `suggestions-${number}`;
      this.list.className = "suggestions";
      this.list.setAttribute("role", "listbox");
      this.list.setAttribute("aria-label", "Suggestions");
      this.list.hidden = true;
      this.status = document.createElement("span");
      this.status.className = "hidden";
      this.status.setAttribute("role", "status");
      const place = this.input.closest(".field, form.find, p") || this.input.parentElement;
      place.classList.add("suggests");
      place.append(this.list, this.status);
      this.input.removeAttribute("list");
      this.input.setAttribute("role", "combobox");
      this.input.setAttribute("autocomplete", "off");
      this.input.setAttribute("aria-autocomplete", "list");
      this.input.setAttribute("aria-expanded", "false");
      this.input.setAttribute("aria-controls", this.list.id);
    }

    listen() {
      this.input.addEventListener("input", () => this.ask());
      this.input.addEventListener("keydown", (event) => this.press(event));
      this.input.addEventListener("blur", () => this.close());
      this.list.addEventListener("mousedown", (event) => event.preventDefault());
      this.list.addEventListener("click", (event) => {
        const option = event.target.closest("[role=option]");
        if (option) this.take(Number(option.dataset.place));
      });
    }

    /** Returns the part that is being typed: several names have commas between them. */
    typed() {
      const text = this.input.value;
      return (this.fills ? text.slice(text.lastIndexOf(",") + 1) : text).trim();
    }

    ask() {
      clearTimeout(this.timer);
      this.request?.abort();
      const typed = this.typed();
      if (!typed || typed.length > LONGEST) return this.close();
      this.timer = setTimeout(() => this.fetch(typed), WAIT);
    }

    async fetch(typed) {
      this.request = new AbortController();
      this.source.searchParams.set("q", typed);
      try {
        const response = await fetch(this.source, { signal: this.request.signal });
        if (!response.ok) return this.close();
        const [, labels, kinds, addresses] = await response.json();
        if (typed !== this.typed() || document.activeElement !== this.input) return;
        this.options = labels.map((label, place) => [label, kinds[place], addresses[place]]);
        this.show();
      } catch (error) {
        if (error.name !== "AbortError") this.close(); // no suggestions: the field still works
      }
    }

    show() {
      this.chosen = -1;
      this.list.replaceChildren(
        ...this.options.map(([label, kind], place) => {
          const option = document.createElement("li");
          option.id = `${this.list.id}-${place}`;
          option.dataset.place = place;
          option.setAttribute("role", "option");
          option.setAttribute("aria-selected", "false");
          const name = document.createElement("bdi");
          name.textContent = label;
          const note = document.createElement("span");
          note.className = "kind";
          note.textContent = kind;
          option.append(name, " ", note);
          return option;
        }),
      );
      const found = this.options.length;
      this.status.textContent = found
        ? `${found} suggestion${found === 1 ? "" : "s"}. Use the arrow keys.`
        : "No suggestions.";
      this.list.hidden = !found;
      this.input.setAttribute("aria-expanded", String(found > 0));
      this.input.removeAttribute("aria-activedescendant");
    }

    close() {
      clearTimeout(this.timer);
      this.chosen = -1;
      this.list.hidden = true;
      this.status.textContent = "";
      this.input.setAttribute("aria-expanded", "false");
      this.input.removeAttribute("aria-activedescendant");
    }

    move(step) {
      const places = this.options.length + 1; // one of them is the field itself
      this.chosen = ((this.chosen + 1 + step + places) % places) - 1;
      [...this.list.children].forEach((option, place) => {
        option.setAttribute("aria-selected", String(place === this.chosen));
      });
      const option = this.list.children[this.chosen];
      if (option) {
        this.input.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      } else {
        this.input.removeAttribute("aria-activedescendant");
      }
    }

    press(event) {
      if (event.isComposing) return; // the keys belong to an input method
      const open = !this.list.hidden;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (open) this.move(event.key === "ArrowDown" ? 1 : -1);
        else this.ask();
        event.preventDefault();
      } else if (event.key === "Enter" && open && this.chosen >= 0) {
        this.take(this.chosen);
        event.preventDefault();
      } else if (event.key === "Escape" && open) {
        this.close();
        event.preventDefault();
      }
    }

    take(place) {
      const [label, , address] = this.options[place];
      this.close();
      if (!this.fills && address) {
        location.assign(address);
        return;
      }
      const text = this.input.value;
      const before = this.fills ? text.slice(0, text.lastIndexOf(",") + 1) : "";
      this.input.value = before ? `${before} ${label}` : label;
    }
  }

  for (const input of document.querySelectorAll("input[data-suggest], input#find")) {
    const source = findSource(input);
    if (source) new Suggestions(input, source);
  }

  const search = document.getElementById("find") || document.querySelector("form.search input");
  if (!search) return;
  search.setAttribute("aria-keyshortcuts", "/");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    search.focus();
    search.select();
  });
})();
