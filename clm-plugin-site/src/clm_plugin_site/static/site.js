"use strict";
// The search loads its index when it is first opened, and scans the folded text: that finds
// insides of compounds, words without their accents, and Chinese and Japanese.
const site = {
  indexFile: document.currentScript.dataset.index,
  dialog: document.querySelector("dialog.search"),
  parts: null,

  fold(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/ß/g, "ss");
  },

  async load() {
    if (site.parts) return true;
    const script = document.createElement("script");
    script.src = site.indexFile;
    const loaded = await new Promise((done) => {
      script.onload = () => done(true);
      script.onerror = () => done(false);
      document.head.append(script);
    });
    if (!loaded) return false;
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
    return (start ? "… " : "") + text + (start + 140 < part.text.length ? " …" : "");
  },

  async show() {
    const query = site.dialog.querySelector("input").value;
    const loaded = await site.load();
    const list = site.dialog.querySelector(".hits");
    const status = site.dialog.querySelector(".nothing");
    const hits = loaded ? site.find(query) : [];
    list.replaceChildren(...hits.map((part) => {
      const link = document.createElement("a");
      link.href = part.page.url + (part.id ? `#${encodeURIComponent(part.id)}` : "");
      const title = link.appendChild(document.createElement("b"));
      title.textContent = part.heading || part.page.title;
      const page = link.appendChild(document.createElement("span"));
      page.textContent = part.page.title;
      const text = link.appendChild(document.createElement("small"));
      text.textContent = site.excerpt(part, query);
      const item = document.createElement("li");
      item.append(link);
      return item;
    }));
    if (!loaded) status.textContent = status.dataset.lost;
    else status.textContent = query.trim() && !hits.length ? status.dataset.nothing : "";
  },

  open() {
    site.dialog.showModal();
    site.dialog.querySelector("input").focus();
    site.load();
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
    const isSlash = event.key === "/" && !writing && !event.ctrlKey && !event.altKey;
    const isControlK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey);
    if (!(isSlash || isControlK) || site.dialog.open) return;
    event.preventDefault();
    site.open();
  },

  // The choice holds for the pages of the decks, too.
  switchMode() {
    const root = document.documentElement;
    const dark = root.dataset.theme === "dark" || (root.dataset.theme === "auto" &&
      matchMedia("(prefers-color-scheme: dark)").matches);
    root.dataset.theme = dark ? "light" : "dark";
    try {
      localStorage.setItem("clm-theme", root.dataset.theme);
    } catch {
      // A browser may forbid it for files.
    }
  },
};

try {
  document.documentElement.dataset.theme = localStorage.getItem("clm-theme") || "auto";
} catch {
  // as above
}
document.querySelector("[data-search]").addEventListener("click", site.open);
document.querySelector("[data-mode]").addEventListener("click", site.switchMode);
document.addEventListener("keydown", site.key);
site.dialog.addEventListener("keydown", site.walk);
site.dialog.querySelector("input").addEventListener("input", site.show);
site.dialog.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  site.dialog.querySelector(".hits a")?.click();
});
site.dialog.addEventListener("click", (event) => {
  if (event.target === site.dialog || event.target.closest("a, [data-close]")) site.dialog.close();
});
