"use strict";
// Search on all pages, and the navigation of those that are not the front page. Links to the front
// page work without it. Pages that are opened as files load nothing but classic scripts.
const site = {
  root: new URL("..", document.currentScript.src).href,
  loading: {},
  parts: null,
  dialog: null,

  icons: {
    search: '<circle cx="11" cy="11" r="6.5"/><path d="m20 20-4.2-4.2"/>',
    close: '<path d="m6 6 12 12M18 6 6 18"/>',
    menu: '<path d="M4 7h16M4 12h16M4 17h16"/>',
  },

  element(name, attributes = {}, ...content) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...content);
    return element;
  },

  button(name, className, label, action) {
    const button = site.element("button", { type: "button", class: className, title: label });
    button.setAttribute("aria-label", label);
    button.innerHTML = '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" ' +
      'stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">' +
      `${site.icons[name]}</svg>`;
    button.addEventListener("click", action);
    return button;
  },

  // Each script of the site sets one global variable.
  load(name) {
    site.loading[name] ||= new Promise((done) => {
      const script = document.createElement("script");
      script.src = site.root + name;
      script.onload = () => done(true);
      script.onerror = () => done(false);
      document.head.append(script);
    });
    return site.loading[name];
  },

  url(path) {
    return site.root + path.split("/").map(encodeURIComponent).join("/");
  },
};

// The search scans folded text: that finds insides of compounds, words without their accents, and
// Chinese and Japanese.
Object.assign(site, {
  fold(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/ß/g, "ss");
  },

  async index() {
    if (site.parts) return true;
    if (!(await site.load("search.js"))) return false;
    const pages = siteIndex.pages.map(([url, title]) => ({ url, title, folded: site.fold(title) }));
    site.parts = siteIndex.parts.map(([page, id, heading, text]) => ({
      page: pages[page], id, heading, text,
      foldedHeading: site.fold(heading), foldedText: site.fold(text),
    }));
    return true;
  },

  // The weight of a part for a word, 0 if it does not contain it.
  weight(part, word) {
    const heading = part.foldedHeading.indexOf(word);
    const text = part.foldedText.indexOf(word);
    let weight = heading < 0 ? 0 : heading === 0 ? 30 : 20;
    if (part.page.folded.includes(word)) weight += 8;
    if (text >= 0) weight += 3 + 2 / (1 + text / 200);
    return weight;
  },

  find(query) {
    const words = site.fold(query).split(/\s+/).filter(Boolean);
    if (!words.length) return [];
    const found = [];
    for (const part of site.parts) {
      const weights = words.map((word) => site.weight(part, word));
      if (weights.every(Boolean)) found.push([weights.reduce((a, b) => a + b), part]);
    }
    return found.sort((a, b) => b[0] - a[0]).slice(0, 20).map(([, part]) => part);
  },

  excerpt(part, query) {
    const word = site.fold(query).split(/\s+/).filter(Boolean)[0];
    const at = Math.max(0, part.foldedText.indexOf(word));
    const start = Math.max(0, at - 40);
    const text = part.text.slice(start, start + 140);
    const words = site.fold(query).split(/\s+/).filter(Boolean);
    const pieces = site.marked(text, words);
    return [start ? "… " : "", ...pieces, start + 140 < part.text.length ? " …" : ""];
  },

  // A text with the words that were found; not where folding has changed its length.
  marked(text, words) {
    const folded = site.fold(text);
    if (folded.length !== text.length) return [text];
    const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    const pieces = [];
    let end = 0;
    for (const found of folded.matchAll(new RegExp(escaped.join("|"), "g"))) {
      const after = found.index + found[0].length;
      pieces.push(text.slice(end, found.index), site.element("mark", {}, text.slice(found.index, after)));
      end = after;
    }
    return [...pieces, text.slice(end)];
  },

  async show() {
    const query = site.dialog.querySelector("input").value;
    const loaded = await site.index();
    const hits = loaded ? site.find(query) : [];
    site.dialog.querySelector(".hits").replaceChildren(...hits.map((part) => {
      const link = site.element("a", {
        href: site.root + part.page.url + (part.id ? `#${encodeURIComponent(part.id)}` : ""),
      });
      link.append(
        site.element("b", {}, part.heading || part.page.title),
        ...(part.heading && part.heading !== part.page.title
          ? [site.element("span", {}, part.page.title)] : []),
        site.element("small", {}, ...site.excerpt(part, query)),
      );
      return site.element("li", {}, link);
    }));
    const words = siteCourse.words;
    const nothing = query.trim() && !hits.length ? words.nothing : "";
    site.dialog.querySelector(".nothing").textContent = loaded ? nothing : words.lost;
  },

  async open() {
    if (!(await site.load("pages.js"))) return;
    site.dialog ||= site.searchDialog(siteCourse.words);
    site.dialog.showModal();
    site.dialog.querySelector("input").focus();
    site.index();
  },

  searchDialog(words) {
    const input = site.element("input", {
      type: "search", "aria-label": words.search, placeholder: words.search,
      autocomplete: "off", spellcheck: "false",
    });
    const close = site.button("close", "", words.close, () => dialog.close());
    const form = site.element("form", {}, input, close);
    const dialog = site.element("dialog", { class: "site-search", "aria-label": words.search },
      form,
      site.element("ol", { class: "hits" }),
      site.element("p", { class: "nothing", role: "status" }));
    input.addEventListener("input", site.show);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      dialog.querySelector(".hits a")?.click();
    });
    dialog.addEventListener("keydown", site.walk);
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("a")) dialog.close();
    });
    document.body.append(dialog);
    return dialog;
  },

  // Arrow keys walk through the hits.
  walk(event) {
    const links = [...site.dialog.querySelectorAll(".hits a")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !links.length) return;
    event.preventDefault();
    const next = links.indexOf(document.activeElement) + step;
    if (next < 0) site.dialog.querySelector("input").focus();
    else links[Math.min(next, links.length - 1)].focus();
  },

  key(event) {
    const writing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const plain = !writing && !event.ctrlKey && !event.altKey && !event.metaKey;
    const isControlK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    if (document.querySelector("dialog[open]")) return;
    if (isControlK || (plain && event.key === "/")) {
      event.preventDefault();
      site.opening = site.open();
    } else if (plain && !event.shiftKey) {
      const step = { n: "next", p: "prev" }[event.key];
      if (step) document.querySelector(`.site-steps a[rel="${step}"]`)?.click();
      if (event.key === "t") document.querySelector(".site-bar :is(.mode, [data-mode])")?.click();
    }
  },
});

// The navigation of a lesson: the course at the left, the way on at the end.
Object.assign(site, {
  async lesson() {
    if (!(await site.load("pages.js"))) return;
    const words = siteCourse.words;
    const decks = siteCourse.sections.flatMap(([section, items]) =>
      items.map(([title, outputs, others, id], number) => ({
        id, title, section, others, number, count: items.length, outputs: site.outputs(outputs),
      })));
    const here = site.here();
    const at = decks.findIndex((deck) => deck.outputs.some((out) => out.path === here));
    const deck = decks[at];
    const own = deck?.outputs.find((out) => out.path === here);
    site.bar(words, deck, own);
    site.outline(words, decks, deck, own);
    if (!deck) return;
    site.crumbs(words, deck, own);
    site.steps(words, decks, at, own);
    site.follow(deck, own);
  },

  // The path of this page below the root; some servers leave out the suffix.
  here() {
    const path = decodeURIComponent(location.href.split(/[?#]/)[0].slice(site.root.length));
    return path.endsWith(".html") ? path : `${path}.html`;
  },

  outputs(rows) {
    let stem = "";
    return rows.map(([variant, folder, name]) => {
      const full = name.startsWith(".") ? stem + name : name;
      stem = full.replace(/\.[^.]*$/, "");
      const [kind, format, label] = siteCourse.variants[variant];
      return { kind, format, label, path: `${siteCourse.folders[folder]}/${full}`.replace(/^\.\//, "") };
    });
  },

  // Of the pages of a deck, that of the same kind as this page if there is one.
  page(outputs, own) {
    const pages = outputs.filter((out) => out.format === "html");
    return pages.find((out) => out.kind === own?.kind) || pages[0];
  },

  bar(words, deck, own) {
    const bar = document.querySelector(".site-bar");
    const main = document.querySelector("main");
    main.id ||= "main";
    document.body.prepend(site.element("a", { class: "site-skip", href: `#${main.id}` }, words.skip));
    bar.prepend(site.button("menu", "site-icon site-menu", words.menu, site.drawer));
    const find = site.button("search", "site-find", words.search, site.open);
    find.append(site.element("span", {}, words.search), site.element("kbd", {}, "/"));
    bar.append(find);
    if (siteCourse.languages.length) bar.append(site.languages(words, deck, own));
    const tools = document.querySelector(".tools");
    if (tools) bar.append(...tools.children);
  },

  languages(words, deck, own) {
    const code = siteCourse.language;
    const nav = site.element("nav", { class: "site-languages", "aria-label": words.languages },
      site.element("a", { href: "#", "aria-current": "true", lang: code }, code.toUpperCase()));
    for (const [language, name, front] of siteCourse.languages) {
      const other = deck && site.page(site.outputs(deck.others[language] || []), own);
      nav.append(site.element("a", {
        href: other ? site.url(other.path) : site.root + front,
        lang: language, hreflang: language, title: name,
      }, language.toUpperCase()));
    }
    return nav;
  },

  outline(words, decks, deck, own) {
    const nav = site.element("nav", { class: "site-outline", "aria-label": words.contents });
    for (const [section] of siteCourse.sections) {
      const list = site.element("ol");
      const items = decks.filter((item) => item.section === section);
      for (const item of items) {
        const page = site.page(item.outputs, own);
        const number = site.element("span", {}, String(item.number + 1));
        const link = page
          ? site.element("a", { href: site.url(page.path) }, number, item.title)
          : site.element("span", { class: "later" }, number, item.title);
        if (item === deck) link.setAttribute("aria-current", "page");
        list.append(site.element("li", {}, link));
      }
      const part = site.element("details", {}, site.element("summary", {}, section), list);
      part.open = decks.length <= 30 || items.includes(deck);
      nav.append(part);
    }
    document.querySelector(".site-bar").after(nav);
    site.makeRoom();
    addEventListener("resize", site.makeRoom);
    nav.querySelector("[aria-current]")?.scrollIntoView?.({ block: "nearest" });
  },

  // The outline stands beside the text only where there is room for it, which a theme may use.
  makeRoom() {
    const text = document.querySelector("#notebook-container") || document.querySelector("main");
    const narrow = text.getBoundingClientRect().left < 13.5 * 16;
    document.documentElement.classList.toggle("site-narrow", narrow);
  },

  // On narrow screens the outline opens as a dialog.
  drawer() {
    const nav = document.querySelector(".site-outline");
    const words = siteCourse.words;
    const dialog = site.element("dialog", { class: "site-drawer", "aria-label": words.contents });
    dialog.append(site.button("close", "site-icon", words.close, () => dialog.close()), nav);
    dialog.addEventListener("close", () => {
      document.querySelector(".site-bar").after(nav);
      dialog.remove();
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    document.body.append(dialog);
    dialog.showModal();
  },

  crumbs(words, deck, own) {
    const crumbs = document.querySelector(".site-crumbs ol");
    if (!crumbs) return;
    const part = words.part.replace("{0}", deck.number + 1).replace("{1}", deck.count);
    crumbs.append(site.element("li", {}, part));
    const others = deck.outputs.filter((out) => out.kind === own.kind && out !== own);
    if (!others.length) return;
    const nav = site.element("nav", { class: "site-outputs", "aria-label": words.outputs });
    for (const out of others) {
      const label = out.label.replace(/ \(.*\)$/, "");
      nav.append(site.element("a", { href: site.url(out.path) }, label));
    }
    const wide = matchMedia("(min-width: 56rem)").matches;
    if (!wide) {
      document.querySelector("main").append(nav);
      return;
    }
    // In one row, or in two if the breadcrumb is long.
    const row = site.element("div", { class: "site-row" });
    crumbs.parentElement.replaceWith(row);
    row.append(crumbs.parentElement, nav);
  },

  steps(words, decks, at, own) {
    const nav = site.element("nav", { class: "site-steps", "aria-label": words.steps });
    for (const [rel, label, step] of [["prev", words.previous, -1], ["next", words.next, 1]]) {
      let to = at + step;
      while (decks[to] && !site.page(decks[to].outputs, own)) to += step;
      const deck = decks[to];
      if (!deck) continue;
      const section = deck.section === decks[at].section ? "" : ` · ${deck.section}`;
      nav.append(site.element("a", { href: site.url(site.page(deck.outputs, own).path), rel },
        site.element("span", {}, label + section), deck.title));
    }
    if (nav.children.length) document.querySelector("main").append(nav);
  },
});

// What has been read is kept in the browser, and told to nobody.
Object.assign(site, {
  readSoFar() {
    const kept = site.stored(() => JSON.parse(localStorage.getItem(`clm-read ${site.root}`)));
    return { last: kept?.last || "", done: Array.isArray(kept?.done) ? kept.done : [] };
  },

  keepRead(value) {
    site.stored(() => localStorage.setItem(`clm-read ${site.root}`, JSON.stringify(value)));
  },

  // A lesson has been opened; it has been read when its end has been seen. It is kept by an id that
  // does not change with the title.
  follow(deck, own) {
    if (own.format !== "html") return;
    site.keepRead({ ...site.readSoFar(), last: deck.id });
    const end = document.querySelector(".site-steps");
    if (!end) return;
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      site.keepRead({ last: deck.id, done: [...new Set([...site.readSoFar().done, deck.id])] });
    });
    seen.observe(end);
  },

  showRead() {
    const box = document.querySelector(".site-front .progress");
    const start = document.querySelector(".site-front .start");
    if (!box || !start) return;
    const { last, done } = site.readSoFar();
    const links = [...document.querySelectorAll(".site-front h3 a")];
    const deck = (link) => link.closest("li").dataset.deck;
    const read = links.filter((link) => done.includes(deck(link)));
    for (const link of read) {
      link.closest("li").classList.add("read");
      link.previousElementSibling.setAttribute("aria-label", box.dataset.read);
      link.previousElementSibling.setAttribute("role", "img");
    }
    const at = links.findIndex((link) => deck(link) === last);
    if (at < 0 && !read.length) return;
    const next = links.slice(Math.max(at, 0)).find((link) => !read.includes(link)) ||
      links.find((link) => !read.includes(link));
    if (next) {
      start.href = next.href;
      start.textContent = `${start.dataset.resume}: ${next.textContent}`;
    }
    const text = box.querySelector("span");
    const bar = box.querySelector("progress");
    bar.max = links.length;
    bar.value = read.length;
    text.textContent = text.textContent.replace("{0}", read.length).replace("{1}", links.length);
    bar.setAttribute("aria-label", text.textContent);
    box.hidden = false;
    box.querySelector("button").addEventListener("click", () => {
      site.stored(() => localStorage.removeItem(`clm-read ${site.root}`));
      location.reload();
    });
  },
});

// The choice of colours holds for all pages.
Object.assign(site, {
  stored(change) {
    try {
      return change();
    } catch {
      return null; // a browser may forbid it for files
    }
  },

  switchMode() {
    const root = document.documentElement;
    const dark = root.dataset.theme === "dark" || (root.dataset.theme === "auto" &&
      matchMedia("(prefers-color-scheme: dark)").matches);
    root.dataset.theme = dark ? "light" : "dark";
    site.stored(() => localStorage.setItem("clm-theme", root.dataset.theme));
  },

  front() {
    const root = document.documentElement;
    if (root.dataset.theme === "auto") {
      root.dataset.theme = site.stored(() => localStorage.getItem("clm-theme")) || "auto";
    }
    site.showRead();
    document.querySelector("[data-search]").addEventListener("click", site.open);
    document.querySelector("[data-mode]").addEventListener("click", site.switchMode);
  },
});

document.addEventListener("keydown", site.key);
if (document.querySelector(".site-front")) site.front();
else if (document.querySelector(".site-bar")) site.ready = site.lesson();
