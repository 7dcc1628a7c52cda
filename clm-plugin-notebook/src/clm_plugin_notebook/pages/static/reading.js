// What makes a page comfortable to read: copying, contents, light and dark. A page is complete
// without it.
Object.assign(clm, {
  words: {
    de: { copy: "Code kopieren", copied: "Kopiert", contents: "Auf dieser Seite",
          mode: "Hell oder dunkel", enlarge: "Vergrößern", close: "Schließen" },
    en: { copy: "Copy code", copied: "Copied", contents: "On this page", mode: "Light or dark",
          enlarge: "Enlarge", close: "Close" },
  },

  word(name) {
    const language = document.documentElement.lang.slice(0, 2);
    return (clm.words[language] || clm.words.en)[name];
  },

  icon(path) {
    return `<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" ` +
      `stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${path}</svg>`;
  },

  button(name, className, path, action) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = className;
    button.title = clm.word(name);
    button.setAttribute("aria-label", clm.word(name));
    button.innerHTML = clm.icon(path);
    button.addEventListener("click", () => action(button));
    return button;
  },

  read() {
    clm.mode();
    clm.tracebacks();
    clm.copying();
    clm.contents();
  },

  copying() {
    for (const area of document.querySelectorAll(".code_cell .input_area")) {
      const cell = area.closest(".code_cell");
      if (!area.textContent.trim()) {
        cell.classList.add("empty");
        continue;
      }
      const button = clm.button(
        "copy",
        "copy",
        '<rect x="9" y="9" width="11" height="11" rx="2"/><path d="M5 15V6a2 2 0 0 1 2-2h8"/>',
        async () => {
          try {
            await navigator.clipboard.writeText(area.textContent.trimEnd());
          } catch {
            // Pages that are opened as files may not write to the clipboard.
            getSelection().selectAllChildren(area);
            document.execCommand("copy");
            getSelection().removeAllRanges();
          }
          button.classList.add("done");
          button.title = clm.word("copied");
          setTimeout(() => button.classList.remove("done"), 1500);
        },
      );
      area.append(button);
    }
  },

  mode() {
    const root = document.documentElement;
    if (root.dataset.theme !== "auto") return;
    const stored = (change) => {
      try {
        return change();
      } catch {
        return null; // a browser may forbid it for files
      }
    };
    root.dataset.theme = stored(() => localStorage.getItem("clm-theme")) || "auto";
    const sun = '<circle cx="12" cy="12" r="4"/><path d="M12 2v2m0 16v2M4.9 4.9l1.4 1.4m11.4 ' +
      '11.4 1.4 1.4M2 12h2m16 0h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4"/>';
    const tools = document.createElement("div");
    tools.className = "tools";
    tools.append(clm.button("mode", "mode", sun, () => {
      const theme = root.dataset.theme;
      const dark = theme === "dark" ||
        (theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
      root.dataset.theme = dark ? "light" : "dark";
      stored(() => localStorage.setItem("clm-theme", root.dataset.theme));
    }));
    document.body.prepend(tools);
  },

  contents() {
    const headings = [...document.querySelectorAll("main :is(h2, h3)[id]")];
    if (headings.length < 3) return;
    const links = new Map();
    const list = document.createElement("ul");
    for (const heading of headings) {
      const item = list.appendChild(document.createElement("li"));
      if (heading.localName === "h3") item.className = "inner";
      const link = item.appendChild(document.createElement("a"));
      const text = heading.cloneNode(true);
      text.querySelectorAll(".anchor-link").forEach((anchor) => anchor.remove());
      link.append(...text.childNodes);
      link.href = `#${encodeURIComponent(heading.id)}`;
      links.set(heading, link);
    }
    const details = document.createElement("details");
    details.className = "contents";
    details.open = matchMedia("(min-width: 76rem)").matches;
    details.appendChild(document.createElement("summary")).textContent = clm.word("contents");
    const navigation = document.createElement("nav");
    navigation.setAttribute("aria-label", clm.word("contents"));
    details.append(list);
    navigation.append(details);
    document.querySelector("main").prepend(navigation);
    const mark = () => {
      const passed = headings.filter((heading) => heading.getBoundingClientRect().top < 120);
      const current = passed.pop() || headings[0];
      for (const [heading, link] of links) {
        if (heading === current) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    };
    addEventListener("scroll", mark, { passive: true });
    mark();
  },
});
