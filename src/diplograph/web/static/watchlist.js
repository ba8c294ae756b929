/* A list of states, people, pairs and events that the browser keeps, and what changed for them.
   Nothing is sent but the names, to ask what changed. Without this file there is no list. */
"use strict";

(() => {
  const KEY = "diplograph.watchlist";
  const MOST = 40; // things on a list
  const SHOWN = 5; // changes of a report that are shown

  /* ---- the list, in localStorage; a browser that refuses keeps none ---- */

  /** Returns the list as it is kept: things with labels, and which reports were seen. */
  function readList() {
    let kept = null;
    try {
      kept = JSON.parse(localStorage.getItem(KEY));
    } catch {
      kept = null; // no storage, or a text that is no list
    }
    const items = Array.isArray(kept?.items) ? kept.items : [];
    return {
      items: items.filter((item) => typeof item?.thing === "string").slice(0, MOST),
      seen: typeof kept?.seen?.day === "string" ? kept.seen : null,
    };
  }

  /** Keeps the list; returns whether the browser did. */
  function writeList(list) {
    try {
      localStorage.setItem(KEY, JSON.stringify(list));
      return true;
    } catch {
      return false;
    }
  }

  /** Returns what had been seen when this visit began; a visit is a tab's session. */
  function readBaseline(list) {
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEY));
      if (kept) return kept;
      sessionStorage.setItem(KEY, JSON.stringify(list.seen));
    } catch {
      return list.seen;
    }
    return list.seen;
  }

  function make(name, text, attributes = {}) {
    const element = document.createElement(name);
    if (text) element.textContent = text;
    for (const [attribute, value] of Object.entries(attributes)) {
      element.setAttribute(attribute, value);
    }
    return element;
  }

  /* ---- the button of a page ---- */

  function addButton(place) {
    const { watch: thing, label } = place.dataset;
    const button = make("button", "", { type: "button", class: "plain" });
    const note = make("span", "", { role: "status", class: "soft" });
    const show = () => {
      const watched = readList().items.some((item) => item.thing === thing);
      button.textContent = watched ? "Stop watching" : "Watch";
      button.setAttribute("aria-pressed", String(watched));
    };
    button.addEventListener("click", () => {
      const list = readList();
      const rest = list.items.filter((item) => item.thing !== thing);
      const added = rest.length === list.items.length;
      if (added && rest.length >= MOST) {
        note.textContent = `The list is full: it holds ${MOST} things.`;
        return;
      }
      const items = added ? [...rest, { thing, label }] : rest;
      const kept = writeList({ ...list, items });
      if (!kept) note.textContent = "This browser does not let the site keep a list.";
      else note.textContent = added ? "Changes are listed on the start page." : "No longer watched.";
      show();
    });
    place.append(button, " ", note);
    show();
  }

  /* ---- what changed for the list ---- */

  class Watchlist {
    constructor(section) {
      this.section = section;
      this.source = section.dataset.watchlist;
      this.page = section.dataset.page;
      this.day = new URLSearchParams(location.search).get("asof");
      this.body = make("div");
      this.offer = this.readOffer();
      section.append(
        make("h2", "What changed for your list since your last visit", { id: "watchlist" }),
        this.body,
      );
      section.setAttribute("aria-labelledby", "watchlist");
      this.show();
    }

    /** Returns the things that the address of a shared list names. */
    readOffer() {
      const shared = new URLSearchParams(location.hash.slice(1)).getAll("watch");
      return shared.slice(0, MOST).map((text) => {
        const [thing, ...label] = text.split("|");
        return { thing, label: label.join("|") || thing };
      });
    }

    async show() {
      const list = readList();
      this.section.hidden = !list.items.length && !this.offer.length;
      this.body.replaceChildren();
      if (this.offer.length) this.showOffer(list);
      if (!list.items.length) return;
      const baseline = readBaseline(list);
      const groups = list.items.map((item) => this.addItem(item));
      this.body.append(this.makeFoot(list));
      const answers = await Promise.all(
        list.items.map((item, number) => this.fill(item, groups[number], baseline)),
      );
      this.countNew(answers);
      const newest = answers.find((answer) => answer?.seen)?.seen;
      if (newest && !this.day) writeList({ ...readList(), seen: newest });
    }

    addItem(item) {
      const group = make("div");
      const heading = make("h3");
      heading.append(make("a", item.label || item.thing, { href: this.findPage(item), dir: "auto" }));
      group.append(heading, make("p", "Asking what changed …", { class: "soft" }));
      this.body.append(group);
      return group;
    }

    findPage(item) {
      const address = new URL(this.page, location.href);
      address.searchParams.set("thing", item.thing);
      return address.href;
    }

    /** Fills in what changed for one thing; returns the server's answer, null for none. */
    async fill(item, group, baseline) {
      const address = new URL(this.source, location.href);
      address.searchParams.set("thing", item.thing);
      if (baseline) address.searchParams.set("since", baseline.day);
      const text = group.querySelector("p");
      try {
        const response = await fetch(address);
        if (response.status === 404) {
          text.textContent = "This site does not know it any more.";
          return null;
        }
        if (!response.ok) throw new Error(response.statusText);
        const answer = await response.json();
        const seen = new Set(baseline?.reports ?? []);
        const reports = baseline
          ? answer.reports.filter((report) => !seen.has(report.iri))
          : [];
        if (reports.length) {
          text.remove();
          for (const report of reports) group.append(...this.describe(report));
        } else {
          text.textContent = baseline ? "Nothing new." : "Watched from this visit on.";
        }
        return { ...answer, changes: reports.flatMap((report) => report.changes) };
      } catch {
        text.textContent = "The server did not answer. Reload the page to try again.";
        return null;
      }
    }

    /** Says in the line of counts of the start page how much is new, and leads to the list. */
    countNew(answers) {
      const line = document.querySelector(".glance");
      if (!line) return;
      const number = answers.reduce((sum, answer) => sum + (answer?.changes.length ?? 0), 0);
      const link = line.querySelector("[data-new]") ?? make("a", "", { href: "#watchlist", "data-new": "" });
      link.replaceChildren(make("strong", String(number)), " new for your list");
      line.append(link);
    }

    describe(report) {
      const head = make("p", "", { class: "soft" });
      head.append(this.makePart(report.report), `, ${report.days}`);
      const lines = make("ul", "", { class: "changes" });
      for (const change of report.changes.slice(0, SHOWN)) {
        const line = make("li");
        const name = change.kind.replaceAll(" ", "-");
        const sentence = make("span");
        sentence.append(...change.parts.map((part) => this.makePart(part)));
        line.append(make("span", change.kind, { class: `kind kind-${name}` }), sentence);
        lines.append(line);
      }
      const more = report.changes.length - SHOWN;
      return more > 0 ? [head, lines, make("p", `and ${more} more`, { class: "soft" })] : [head, lines];
    }

    makePart(part) {
      if (typeof part === "string") return document.createTextNode(part);
      return part.address?.startsWith("/")
        ? make("a", part.label, { href: part.address })
        : document.createTextNode(part.label);
    }

    makeFoot(list) {
      const foot = make("p", "Kept in this browser only. ", { class: "soft" });
      const address = new URL(location.href);
      address.hash = new URLSearchParams(
        list.items.map((item) => ["watch", `${item.thing}|${item.label ?? ""}`]),
      );
      const clear = make("button", "Clear the list", { type: "button", class: "plain" });
      clear.addEventListener("click", () => {
        writeList({ items: [], seen: readList().seen });
        this.offer = [];
        this.show();
      });
      foot.append(make("a", "Link to this list", { href: address.href }), " ", clear);
      return foot;
    }

    showOffer(list) {
      const known = new Set(list.items.map((item) => item.thing));
      const fresh = this.offer.filter((item) => !known.has(item.thing));
      if (!fresh.length) return;
      const labels = fresh.map((item) => item.label).join(", ");
      const text = make("p", `This link offers a list: ${labels}. `);
      const add = make("button", "Add to my list", { type: "button", class: "plain" });
      add.addEventListener("click", () => {
        const now = readList();
        writeList({ ...now, items: [...now.items, ...fresh].slice(0, MOST) });
        this.offer = [];
        this.show();
      });
      text.append(add);
      this.body.append(text);
    }
  }

  document.querySelectorAll("[data-watch]").forEach(addButton);
  document.querySelectorAll("[data-watchlist]").forEach((section) => new Watchlist(section));
})();
